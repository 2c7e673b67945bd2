"""Addresses of the catalogue. The page of one track and the front page are the recommender's."""

from django.urls import path

from catalog import views

urlpatterns = [
    path("upload/", views.upload, name="upload"),
    path("search/", views.find, name="search"),
    path("tracks/<int:track_id>/edit/", views.edit, name="track-edit"),
    path("tracks/<int:track_id>/remove/", views.remove, name="track-remove"),
    path("tracks/<int:track_id>/cover/", views.cover, name="cover"),
    path("artists/", views.artists, name="artists"),
    path("albums/", views.albums, name="albums"),
    path("artists/<int:artist_id>/", views.artist, name="artist"),
    path("albums/<int:album_id>/", views.album, name="album"),
    path("stream/<str:token>", views.stream, name="stream"),
]
