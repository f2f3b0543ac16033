"""Chain the audit book every second."""

from procrastinate.contrib.django import app

from binhyen.audit import services


@app.periodic(cron="* * * * * *")
@app.task(name="audit.chain", queue="intake", queueing_lock="audit.chain", pass_context=False)
def chain(timestamp: int) -> None:
    services.chain()
