"""Starts DynamoDB Local inside this process's JVM, bound to 127.0.0.1.

  python -m localstack_process_executor.dynamodb_local [-X… -D…] DynamoDBLocal.jar -port N [-inMemory …]

The server is made by DynamoDB Local's own ServerRunner; only its connector's host is set before it starts.
"""
import os
import signal
import sys
from pathlib import Path

import jpype


def main():
    at = next(i for i, word in enumerate(sys.argv) if word.endswith(".jar"))
    options, jar, arguments = sys.argv[1:at], Path(sys.argv[at]), sys.argv[at + 1 :]
    jvm = Path(os.environ["JAVA_HOME"], "lib/server/libjvm.so")
    jpype.startJVM(str(jvm), *options, classpath=[str(jar.parent / "DynamoDBLocal_lib" / "*")], interrupt=False)
    # JPype leaves SIGTERM to Python, which is inside Java's join() and would never see it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    runner = jpype.JClass("software.amazon.dynamodb.services.local.main.ServerRunner")
    proxy = runner.createServerFromCommandLineArgs(arguments)
    field = proxy.getClass().getDeclaredField("server")
    field.setAccessible(True)
    for connector in field.get(proxy).getConnectors():
        connector.setHost("127.0.0.1")
    proxy.safeStart()
    proxy.join()


if __name__ == "__main__":
    main()
