"""Addresses of the catalogue. The page of one track and the front page are the recommender's."""

from django.urls import path

from catalog import playlist_views, views

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
    path("playlists/", playlist_views.index, name="playlists"),
    path("playlists/import/", playlist_views.bring, name="playlist-import"),
    path("playlists/keep/", playlist_views.keep, name="playlist-keep"),
    path("playlists/add/<int:track_id>/", playlist_views.add, name="playlist-add"),
    path("playlists/<int:playlist_id>/", playlist_views.show, name="playlist"),
    path("playlists/<int:playlist_id>/remove/", playlist_views.remove, name="playlist-remove"),
    path("playlists/<int:playlist_id>/share/", playlist_views.share, name="playlist-share"),
    path("playlists/<int:playlist_id>/append/", playlist_views.append, name="playlist-append"),
    path("playlists/<int:playlist_id>/export.<str:kind>", playlist_views.export, name="playlist-export"),
    path("playlists/entries/<int:entry_id>/move/", playlist_views.move, name="entry-move"),
    path("playlists/entries/<int:entry_id>/remove/", playlist_views.take_out, name="entry-remove"),
    path("shared/<str:token>/", playlist_views.shared, name="playlist-shared"),
]
