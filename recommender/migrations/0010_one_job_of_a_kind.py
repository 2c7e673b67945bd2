from django.conf import settings
from django.db import migrations, models
from django.utils import timezone


def give_up_doubles(apps, schema_editor):
    """Of unfinished jobs of one kind, which two clicks at once could make, the oldest goes on."""
    Job = apps.get_model("recommender", "Job")
    unfinished = Job.objects.filter(state__in=("queued", "running")).exclude(kind="clip")
    oldest = unfinished.values("kind").annotate(first=models.Min("pk")).values_list("first", flat=True)
    unfinished.exclude(pk__in=list(oldest)).update(
        state="failed", detail="The same was asked for twice at once.", finished_at=timezone.now()
    )


class Migration(migrations.Migration):

    dependencies = [
        ('recommender', '0009_vectors_without_vector'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(give_up_doubles, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('queued', 'running')), models.Q(('kind', 'clip'), _negated=True)), fields=('kind',), name='one_unfinished_job_of_a_kind'),
        ),
    ]
