import django.db.models.deletion
from django.db import migrations, models

GROUPS = [
    ("DOOR", "cửa nhận webhook"), ("INTAKE", "bộ đọc tin"), ("DELIVERY", "bộ gửi tin"),
    ("IDENTITY", "người giữ danh tính"), ("TIPS", "bàn tin kín"), ("CONDUCT", "tiếp nhận phản ánh của tỉnh"),
    ("DIRECTOR", "văn phòng Giám đốc"), ("INSPECT", "thanh tra"), ("REASON", "lý do xin mở"),
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("vault", "0006_asked_as")]

    operations = [
        migrations.AlterField("groupkey", "group", models.CharField(choices=GROUPS, max_length=8)),
        migrations.AlterField("opening", "reason", models.TextField(blank=True)),
        migrations.AddField(
            "opening",
            "words_lock",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="vault.lock"
            ),
        ),
        migrations.AddField("opening", "words_key", models.BinaryField(null=True)),
        migrations.AddField("opening", "sealed_reason", models.BinaryField(null=True)),
        migrations.AddField("opening", "sealed_refusal", models.BinaryField(null=True)),
    ]
