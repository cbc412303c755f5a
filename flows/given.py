"""Given: the settings that a flow run was told, as opposed to those that it has from elsewhere."""

from prefect.runtime import deployment

from flows.settings import Options


def given(options: Options) -> dict[str, object]:
    """The settings that were given; for a deployment, those that differ from their defaults.

    The form of a deployment sends every field: a default that nobody touched must not hide the worker's environment.
    """
    return options.model_dump(exclude_unset=True, exclude_defaults=bool(deployment.id))
