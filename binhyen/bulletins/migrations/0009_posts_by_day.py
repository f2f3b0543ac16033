"""Find the posts of the last days for the ledger; a topic of its own for good deeds."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bulletins", "0008_awaiting_decision")]

    operations = [
        migrations.AddIndex(
            model_name="groupdelivery",
            index=models.Index(
                condition=models.Q(("is_cancelled", False), ("kind", "POST")),
                fields=["queued_at"],
                name="bulletins_delivery_posted",
            ),
        ),
        migrations.AlterField(
            model_name="bulletin",
            name="topic",
            field=models.CharField(
                choices=[
                    ("SECURITY", "An ninh trật tự"),
                    ("ONLINE_FRAUD", "Lừa đảo qua mạng"),
                    ("FIRE", "Cháy nổ"),
                    ("TRAFFIC", "Giao thông"),
                    ("POLICY", "Chính sách, pháp luật"),
                    ("PROCEDURE", "Thủ tục hành chính"),
                    ("LOST_FOUND", "Đánh rơi, nhặt được"),
                    ("MISSING", "Tìm người"),
                    ("WEATHER", "Thời tiết, thiên tai"),
                    ("CAMPAIGN", "Đợt vận động"),
                    ("GOOD_DEED", "Người tốt việc tốt"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="texttemplate",
            name="topic",
            field=models.CharField(
                choices=[
                    ("SECURITY", "An ninh trật tự"),
                    ("ONLINE_FRAUD", "Lừa đảo qua mạng"),
                    ("FIRE", "Cháy nổ"),
                    ("TRAFFIC", "Giao thông"),
                    ("POLICY", "Chính sách, pháp luật"),
                    ("PROCEDURE", "Thủ tục hành chính"),
                    ("LOST_FOUND", "Đánh rơi, nhặt được"),
                    ("MISSING", "Tìm người"),
                    ("WEATHER", "Thời tiết, thiên tai"),
                    ("CAMPAIGN", "Đợt vận động"),
                    ("GOOD_DEED", "Người tốt việc tốt"),
                ],
                max_length=12,
            ),
        ),
    ]
