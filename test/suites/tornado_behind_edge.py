"""Runs tests of Tornado with an edge between their clients and their servers, and says how each ended."""

import logging
import re
import sys
import unittest
import urllib.request

import tornado.iostream
import tornado.testing

# Some tests wait for what the server logs.
logging.basicConfig(level=logging.INFO, handlers=[logging.NullHandler()])

control, modules = sys.argv[1], sys.argv[2:]
own_port = tornado.testing.AsyncHTTPTestCase.get_http_port


def edge_port(self):
    if self.get_protocol() == "https":
        self.skipTest("the edge has no TLS here")
    with urllib.request.urlopen("http://127.0.0.1:%s/%d" % (control, own_port(self))) as answer:
        return int(answer.read())


tornado.testing.AsyncHTTPTestCase.get_http_port = edge_port

# RFC 9112 3.2: a request of HTTP/1.1 without Host gets 400, and many of these tests leave it out.
hostless = re.compile(rb"^((?:GET|HEAD|POST|PUT) \S+ HTTP/1\.1\r\n)(?!(?:.+\r\n)*?(?i:Host):)", re.MULTILINE)
own_write = tornado.iostream.BaseIOStream.write


def write(self, data):
    return own_write(self, hostless.sub(rb"\1Host: localhost\r\n", bytes(data)))


tornado.iostream.BaseIOStream.write = write


class Told(unittest.TestResult):
    def tell(self, how, test, why=""):
        print("%s %s%s" % (how, test.id(), why), flush=True)

    def addSuccess(self, test):
        self.tell("passed", test)

    def addFailure(self, test, err):
        self.tell("failed", test, "\n" + self._exc_info_to_string(err, test))

    addError = addFailure

    def addSkip(self, test, reason):
        self.tell("skipped", test, " # " + reason)


unittest.defaultTestLoader.loadTestsFromNames(modules).run(Told())
