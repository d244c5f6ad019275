"""Starts MiniStack 1.5.33 with the faults of its Step Functions mended that our machines would meet.

  python start.py          (settings by environment: GATEWAY_PORT, BIND_HOST, MINISTACK_REGION …)

Each mend makes it do what AWS documents; none changes a request that it already answers rightly:
  TimeoutSeconds as JSONata    was compared as text and failed the execution
  a token state's function throws: was ignored, and the state waited for its whole TimeoutSeconds
  StopExecution                left the thread waiting for its token, and later called the execution FAILED
  TimeoutSeconds of a machine  was ignored
  documents                    CloudFormation refused AWS::SSM::Document (documents.py)
"""
import contextvars
import json
import threading

import documents
from ministack import app
from ministack.services import stepfunctions as sfn

EXPRESSION_START, EXPRESSION_END = "{%", "%}"
here = threading.local()
waiting = {}  # execution ARN -> tokens that its threads wait for

plain_task = sfn._execute_task
plain_callback = sfn._invoke_with_callback
plain_lambda = sfn._call_lambda
plain_stop = sfn._stop_execution
plain_fail = sfn._fail_execution
plain_run = sfn._run_execution


def execute_task(state_def, raw_input, execution, ctx):
    seconds = state_def.get("TimeoutSeconds")
    if isinstance(seconds, str):
        expression = seconds.strip().removeprefix(EXPRESSION_START).removesuffix(EXPRESSION_END)
        state_def = {**state_def, "TimeoutSeconds": sfn._evaluate_jsonata(expression, raw_input, ctx)}
    here.execution = execution
    return plain_task(state_def, raw_input, execution, ctx)


def invoke_with_callback(resource, input_data, token, state_def):
    arn = here.execution["executionArn"]
    here.token = token
    waiting.setdefault(arn, set()).add(token)
    try:
        return plain_callback(resource, input_data, token, state_def)
    finally:
        here.token = None
        waiting.get(arn, set()).discard(token)


def call_lambda(func_ref, event):
    token = getattr(here, "token", None)
    try:
        return plain_lambda(func_ref, event)
    except sfn._ExecutionError as error:
        if token:
            wake(token, error.error, error.cause)
        raise


def wake(token, error, cause):
    record = sfn._task_tokens.get(token)
    if record:
        record["error"] = {"Error": error, "Cause": cause}
        record["event"].set()


def wake_all(execution_arn, error):
    for token in list(waiting.get(execution_arn, ())):
        wake(token, error, "the execution has ended")


def stop_execution(data):
    answer = plain_stop(data)
    wake_all(data.get("executionArn"), "States.Aborted")
    return answer


def fail_execution(execution, error, cause):
    if execution["status"] == "RUNNING":
        plain_fail(execution, error, cause)


def time_out(execution_arn):
    execution = sfn._executions.get(execution_arn)
    if not execution or execution["status"] != "RUNNING":
        return
    execution["status"] = "TIMED_OUT"
    execution["stopDate"] = sfn.now_iso()
    sfn._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
    sfn._emit_execution_status_event(execution)
    wake_all(execution_arn, "States.Timeout")


def run_execution(execution_arn):
    execution = sfn._executions.get(execution_arn)
    machine = sfn._state_machines.get(execution["stateMachineArn"]) if execution else None
    seconds = json.loads(machine["definition"]).get("TimeoutSeconds") if machine else None
    if not seconds:
        return plain_run(execution_arn)
    # the account and region are context variables: a timer's thread does not inherit them
    timer = threading.Timer(seconds, contextvars.copy_context().run, (time_out, execution_arn))
    timer.daemon = True
    timer.start()
    try:
        plain_run(execution_arn)
    finally:
        timer.cancel()


documents.install()
sfn._execute_task = execute_task
sfn._invoke_with_callback = invoke_with_callback
sfn._call_lambda = call_lambda
sfn._stop_execution = stop_execution
sfn._fail_execution = fail_execution
sfn._run_execution = run_execution

if __name__ == "__main__":
    app.main()
