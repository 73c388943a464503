"""How it runs. Celery's application is loaded with it, so that tasks sent by the web find the broker."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
