# SPDX-License-Identifier: Apache-2.0
"""A server of the API that answers by a script, to see what a command asks and makes of it."""
import http.server
import json
import threading
import urllib.parse


class FakeApi:
    """`script` maps "METHOD /path" to an answer: a body for 200, or (status, body[, headers]); a list of answers
    gives them one after another, the last one for ever. `requests` has what was asked."""

    def __init__(self, script):
        self.script = {key: list(value) if isinstance(value, list) else [value] for key, value in script.items()}
        self.requests = []
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                url = urllib.parse.urlsplit(self.path)
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length).decode()
                fake.requests.append({
                    "method": self.command, "path": urllib.parse.unquote(url.path),
                    "query": urllib.parse.parse_qsl(url.query), "token": self.headers.get("Authorization"),
                    "headers": dict(self.headers),
                    "body": json.loads(body) if body and "json" in self.headers["Content-Type"] else body})
                answers = fake.script.get(f"{self.command} {urllib.parse.unquote(url.path)}")
                if answers is None:
                    status, answer = 404, {"type": "urn:linnet:problem:not-found", "status": 404,
                                           "detail": "there is nothing at " + self.path}
                else:
                    answer = answers.pop(0) if len(answers) > 1 else answers[0]
                    status, answer = answer if isinstance(answer, tuple) else (200, answer)
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode() if answer is not None else b""
                self.send_response(status)
                stream = data.startswith(b"event:")
                self.send_header("Content-Type", "text/event-stream" if stream else "application/octet-stream"
                                 if isinstance(answer, bytes) else "application/json")
                if not stream:
                    self.send_header("Content-Length", str(len(data)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(data)
                self.close_connection = True

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def last(self):
        return self.requests[-1]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
