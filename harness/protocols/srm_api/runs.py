"""What the API is told of a run, and shows of one. The shape of tasks and of the bodies of actions is quoted."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from harness.protocols.srm_api.resources import id_of, stamp
from harness.world.recovery import Run, Step


class Body(BaseModel):
    """What an action is told; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class TestBody(Body):
    """How to test (assumed)."""

    sync_data: bool = Field(default=False, description="Copy what was written last, before that.")


class RecoveryBody(Body):
    """How to recover (quoted: RecoverPlanSpec). The last changes are copied wherever that is possible, whatever ``sync_data``."""

    skip_protection_site_operations: bool = Field(default=False, description="Without effect where it is planned.")
    migrate_eligible_vms: bool = False
    sync_data: bool = False
    planned_failover: bool = Field(default=False, description="A planned migration; else a disaster recovery.")


class ReprotectBody(Body):
    """How to reprotect (quoted: ReprotectPlanSpec)."""

    forced: bool = False


class StepShown(BaseModel):
    """A step of a plan; ``prompt_id`` is that of its prompt."""

    number: int
    name: str
    status: str
    start_time: str | None
    complete_time: str | None
    message: str
    prompt_id: str | None


class PromptShown(BaseModel):
    """A prompt that a plan waits at."""

    id: str
    message: str


class Report(BaseModel):
    """What came of a run of a plan."""

    id: str
    run_mode: str
    start_time: str | None
    end_time: str | None
    result: str
    error: str
    steps: list[StepShown]


class TaskShown(BaseModel):
    """A task (quoted: TaskInfo)."""

    id: str
    description: str
    description_id: str
    entity: str
    entity_name: str
    status: str
    error: dict[str, Any] | None
    progress: int
    queued_time: str | None
    start_time: str | None
    complete_time: str | None
    result: None = None
    meta: dict[str, Any] = Field(default_factory=dict, serialization_alias="_meta")


def show_step(plan: str, number: int, step: Step) -> StepShown:
    """A step, by its number from 1."""
    return StepShown(
        number=number,
        name=step.title,
        status=step.state.value,
        start_time=stamp(step.began),
        complete_time=stamp(step.ended),
        message=step.remark,
        prompt_id=id_of("prompt", f"{plan}:{step.prompt}") if step.prompt else None,
    )


def show_report(plan: str, number: int, run: Run) -> Report:
    """A run that is over, by its number from 0."""
    return Report(
        id=id_of("report", f"{plan}:{number}"),
        run_mode=f"{run.mode} {run.action}".strip(),
        start_time=stamp(run.began),
        end_time=stamp(run.ended),
        result="ERROR" if run.failure else "SUCCESS",
        error=run.failure,
        steps=[show_step(plan, n, step) for n, step in enumerate(run.steps, start=1)],
    )
