"""Keeps LocalStack and its DynamoDB Local on the loopback interface.

LocalStack 4.13 ignores the host of GATEWAY_LISTEN for IPv4, and DynamoDB Local has no option for its address: both would
listen on 0.0.0.0, where anyone on the network could run code through a Lambda function.
"""
import logging
import sys

from localstack.runtime import hooks

LOG = logging.getLogger(__name__)


@hooks.on_infra_start()
def listen_on_loopback():
    from twisted.internet import endpoints

    plain = endpoints.TCP4ServerEndpoint

    class LoopbackEndpoint(plain):
        def __init__(self, reactor, port, backlog=50, interface=""):
            super().__init__(reactor, port, backlog, interface or "127.0.0.1")

    endpoints.TCP4ServerEndpoint = LoopbackEndpoint
    _start_dynamodb_local_on_loopback()


def _start_dynamodb_local_on_loopback():
    from localstack.services.dynamodb.server import DynamodbServer

    command = DynamodbServer._create_shell_command

    def on_loopback(self):
        java = command(self)
        at = java.index("-jar")
        options = [o for o in java[1:at] if not o.startswith("-javaagent:")]
        return [sys.executable, "-m", "localstack_process_executor.dynamodb_local", *options, *java[at + 1 :]]

    DynamodbServer._create_shell_command = on_loopback
