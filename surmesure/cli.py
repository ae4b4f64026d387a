"""The command line: parse, call, print. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import atexit
import os
import sys
import traceback
from typing import Annotated, NoReturn

import typer

# typer carries its own click and does not export this class.
from typer._click.exceptions import ClickException

from content_store.errors import SurmesureError
from surmesure.commands import (
    allocating,
    auditing,
    blocks,
    bounces,
    copies,
    customers,
    evaluating,
    measure_report,
    measuring,
    outcomes,
    pipeline,
    publishing,
    queue,
    reminding,
    reviewing,
    schedules,
    scoring,
    serving,
    settling,
    setup,
    training,
    users,
    web,
)

app = typer.Typer(
    name="surmesure",
    help="Personal copy from brand-approved content: written locally, approved by people, traced and measured.",
    epilog="Start with `surmesure init my-brand`, then `surmesure run --brand my-brand`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command("init")(setup.init)
app.command("doctor")(setup.doctor)
app.command("ingest")(pipeline.ingest)
app.command("segment")(pipeline.segment)
app.command("generate")(pipeline.generate)
app.command("run")(pipeline.run)
app.command("check")(copies.check)
app.command("draft")(copies.draft)
app.command("train")(training.train)
app.command("evaluate")(evaluating.evaluate)
app.command("review")(reviewing.review)
app.command("scorer")(scoring.scorer)
app.command("web")(web.web)
app.command("serve")(serving.serve)
app.command("remind")(reminding.remind)
app.command("publish")(publishing.publish)
app.command("status")(publishing.status)
app.command("bounces")(bounces.bounces)
app.command("resolve")(settling.resolve)
app.command("confirm")(settling.confirm)

customers_app = typer.Typer(
    help="What customers may ask for: see, take along, stop, be forgotten.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
customers_app.command("show")(customers.show)
customers_app.command("export")(customers.export)
customers_app.command("stop")(customers.stop)
customers_app.command("forget")(customers.forget)
app.add_typer(customers_app, name="customers")

blocks_app = typer.Typer(help="The library of approved content.", no_args_is_help=True, rich_markup_mode=None)
blocks_app.command("import")(blocks.import_)
blocks_app.command("search")(blocks.search)
blocks_app.command("list")(blocks.list_)
app.add_typer(blocks_app, name="blocks")

messages_app = typer.Typer(
    help="Messages that wait for a decision.", no_args_is_help=True, rich_markup_mode=None
)
messages_app.command("list")(queue.list_messages)
messages_app.command("show")(queue.show_message)
app.add_typer(messages_app, name="messages")

variants_app = typer.Typer(
    help="The texts that messages are made of.", no_args_is_help=True, rich_markup_mode=None
)
variants_app.command("list")(queue.list_variants)
variants_app.command("show")(queue.show_variant)
app.add_typer(variants_app, name="variants")

audit_app = typer.Typer(
    help="Proof of who decided what: the decision log.", no_args_is_help=True, rich_markup_mode=None
)
audit_app.command("verify")(auditing.verify)
audit_app.command("export")(auditing.export)
app.add_typer(audit_app, name="audit")

schedule_app = typer.Typer(
    help="When briefs are executed, published and measured by themselves.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
schedule_app.command("add")(schedules.add)
schedule_app.command("publish")(schedules.publish)
schedule_app.command("measure")(schedules.measure)
schedule_app.command("list")(schedules.list_)
schedule_app.command("pause")(schedules.pause)
schedule_app.command("resume")(schedules.resume)
schedule_app.command("remove")(schedules.remove)
app.add_typer(schedule_app, name="schedule")

measure_app = typer.Typer(
    help="What experiments show, and what they need.", no_args_is_help=True, rich_markup_mode=None
)
measure_app.command("analyze")(measuring.analyze)
measure_app.command("observe")(measuring.observe)
measure_app.command("allocate")(allocating.allocate)
measure_app.command("evaluate-policy")(measuring.evaluate_policy)
measure_app.command("power")(measuring.power)
measure_app.command("report")(measure_report.report)
measure_app.command("collect")(outcomes.collect)
measure_app.command("import")(outcomes.import_)
measure_app.command("plan")(measuring.plan)
app.add_typer(measure_app, name="measure")

users_app = typer.Typer(
    help="Who may sign in to the review page.", no_args_is_help=True, rich_markup_mode=None
)
users_app.command("add")(users.add)
users_app.command("list")(users.list_)
users_app.command("set")(users.set_)
users_app.command("password")(users.password)
users_app.command("away")(users.away)
users_app.command("token")(users.token)
app.add_typer(users_app, name="users")

#: What typer answers when a person stopped the command (128 + SIGINT).
INTERRUPTED = 130


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("surmesure"))
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Personal copy from brand-approved content: written locally, approved by people, traced and measured."""


def main() -> None:
    """Run the command line; every error is one sentence and an exit code: 1 the work failed, 2 bad input."""
    try:
        # Not standalone: click would turn Ctrl-C into a bare "Aborted!".
        code = app(standalone_mode=False) or 0
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        sys.exit(code)
    except ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except SurmesureError as error:
        _say(str(error))
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, typer.Abort) as stop:
        _say(str(stop) or "stopped; what is finished is kept, and the same command goes on from there.")
        _leave(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        from content_store.settings import last_error_file

        log = last_error_file()
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(traceback.format_exc(), encoding="utf-8")
        _say(f"something unforeseen went wrong ({type(error).__name__}: {error}); the details are in {log}.")
        sys.exit(1)


def _leave(code: int) -> NoReturn:
    """End at once: an interpreter that was interrupted would go on to print pages about DuckDB's leaked objects."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _say(sentence: str) -> None:
    print(f"surmesure: {sentence}", file=sys.stderr)
