"""Makes StopExecution end an execution that waits for a task token.

LocalStack 4.13 notes the stop, leaves the wait to run into its TimeoutSeconds and then calls the execution FAILED.
AWS ends it at once as ABORTED, and so does this: the wait is interrupted, and what it raises no longer counts.
"""
from localstack.runtime import hooks


@hooks.on_infra_start()
def stop_executions_at_once():
    from localstack.services.stepfunctions.asl.eval.environment import Environment
    from localstack.services.stepfunctions.asl.eval.program_state import ProgramStopped

    set_stop, set_error = Environment.set_stop, Environment.set_error

    def stop_and_wake(self, stop_date, cause, error):
        set_stop(self, stop_date, cause, error)
        for endpoint in list(self.callback_pool_manager._pool.values()):
            endpoint.interrupt_all()

    def error_unless_stopped(self, error):
        if not isinstance(self._program_state, ProgramStopped):
            set_error(self, error)

    Environment.set_stop, Environment.set_error = stop_and_wake, error_unless_stopped
