"""Addresses of what listeners see and what the player asks."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from recommender.views import (
    charts,
    clips,
    corrections,
    home,
    keeping,
    lists,
    playing,
    playlists,
    radio,
    regions,
    steering,
    tracks,
    wishes,
)


class SessionConverter(StringConverter):
    """A radio session, as `radio.begin` makes them."""

    regex = "[0-9a-f]{16}"


register_converter(SessionConverter, "session")

urlpatterns = [
    path("", home.home, name="home"),
    path("demo/", home.demo, name="demo"),
    path("progress/", home.progress, name="progress"),
    path("tracks/", lists.tracks, name="tracks"),
    path("kinds/", lists.kinds, name="kinds"),
    path("tracks/<int:track_id>/", tracks.track, name="track"),
    path("tracks/<int:track_id>/state/", tracks.state, name="track-state"),
    path("tracks/<int:track_id>/correct/", corrections.correct, name="track-correct"),
    path("tracks/<int:track_id>/wave/", playing.wave, name="wave"),
    path("tracks/<int:track_id>/like/", tracks.like, name="like"),
    path("radio/", radio.begin, name="radio"),
    path("radio/<session:session>/", radio.onward, name="radio-next"),
    path("liked/", keeping.liked, name="liked"),
    path("history/", keeping.history, name="history"),
    path("history/forget/", keeping.forget, name="history-forget"),
    path("account/export/", keeping.export, name="export"),
    path("playlists/<int:playlist_id>/extend/", playlists.extend, name="playlist-extend"),
    path("tracks/<int:track_id>/less/", tracks.less, name="less"),
    path("words/", wishes.words, name="words"),
    path("for-you/", wishes.for_you, name="for-you"),
    path("for-you/shelf/", wishes.yours, name="yours"),
    path("mixes/<int:number>/", wishes.mix, name="mix"),
    path("blend/", steering.blend, name="blend"),
    path("path/", steering.path, name="path"),
    path("dj/", steering.dj, name="dj"),
    path("map/", charts.page, name="map"),
    path("map/region/", regions.region, name="map-region"),
    path("map/points/", charts.points, name="map-points"),
    path("map/drawing/", charts.drawing, name="map-drawing"),
    path("clip/", clips.clip, name="clip"),
    path("clip/<int:clip_id>/", clips.answer, name="clip-answer"),
    path("clip/<int:clip_id>/state/", clips.state, name="clip-state"),
    path("clip/<int:clip_id>/forget/", clips.forget, name="clip-forget"),
    path("queue/", playing.queue, name="queue"),
    path("listens/", playing.listens, name="listens"),
]
