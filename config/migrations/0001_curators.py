"""The group of people who keep the catalogue. An administrator may change it: this gives a beginning only."""

from django.db import migrations

RIGHTS = {
    ("catalog", "track"): ("view", "add", "change", "delete"),
    ("catalog", "artist"): ("view", "change", "delete"),
    ("catalog", "album"): ("view", "change", "delete"),
    ("recommender", "analysis"): ("view", "change"),
    ("recommender", "measurement"): ("view",),
    ("recommender", "embedding"): ("view",),
    ("recommender", "indexversion"): ("view",),
    ("recommender", "job"): ("view",),
}


def make_group(apps, schema_editor):
    """Django makes permissions after all migrations only, so those of the group are made here."""
    Group = apps.get_model("auth", "Group")
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    group, _ = Group.objects.get_or_create(name="Curators")
    for (app, model), actions in RIGHTS.items():
        name = apps.get_model(app, model)._meta.verbose_name_raw
        kind, _ = ContentType.objects.get_or_create(app_label=app, model=model)
        for action in actions:
            permission, _ = Permission.objects.get_or_create(
                content_type=kind, codename=f"{action}_{model}", defaults={"name": f"Can {action} {name}"}
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("catalog", "0001_initial"),
        ("recommender", "0001_initial"),
    ]

    operations = [migrations.RunPython(make_group, migrations.RunPython.noop)]
