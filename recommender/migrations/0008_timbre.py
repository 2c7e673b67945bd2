from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('recommender', '0007_fitted_reference'),
    ]

    operations = [
        migrations.AddField(
            model_name='measurement',
            name='timbre',
            field=models.BinaryField(default=b''),
        ),
        migrations.AddField(
            model_name='clip',
            name='timbre',
            field=models.BinaryField(default=b''),
        ),
    ]
