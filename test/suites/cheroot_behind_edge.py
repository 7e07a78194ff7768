"""A pytest plugin: puts an edge between the clients and the servers of Cheroot's tests, and says how each ended."""

import os
import urllib.request

import cheroot.test.test_conn
import cheroot.testing

own_init = cheroot.testing._TestClient.__init__


def init(self, server):
    own_init(self, server)
    address = "http://127.0.0.1:%s/%d" % (os.environ["EDGE_CONTROL"], self._port)
    with urllib.request.urlopen(address) as answer:
        self._port = int(answer.read())
    self._interface = self._host = "127.0.0.1"
    self._http_connection = self.get_connection()


cheroot.testing._TestClient.__init__ = init


# Every server may say keep-alive, in its own spelling, where it need not; only `close` tells one from the other.
def kept_open(headers):
    return all(value.lower() == "keep-alive" for name, value in headers if name.lower() == "connection")


own_exists = cheroot.test.test_conn.header_exists
own_has_value = cheroot.test.test_conn.header_has_value


def header_exists(name, headers):
    return not kept_open(headers) if name == "Connection" else own_exists(name, headers)


def header_has_value(name, value, headers):
    if name == "Keep-Alive":
        # How long is the business of whoever accepts the connection, which is the edge's host.
        return own_exists(name, headers)
    return kept_open(headers) if value == "Keep-Alive" else own_has_value(name, value, headers)


cheroot.test.test_conn.header_exists = header_exists
cheroot.test.test_conn.header_has_value = header_has_value


def pytest_runtest_logreport(report):
    if report.when == "call" or report.outcome != "passed":
        name = report.nodeid.split("::", 1)[1].replace(" ", "_")
        print("\n%s %s\n%s" % (report.outcome, name, report.longreprtext), flush=True)
