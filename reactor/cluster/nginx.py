"""A configuration of nginx for several workers, each of which may answer every request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_CONFIGURATION: Final = """\
worker_processes 1;
daemon off;
pid nginx.pid;
error_log stderr warn;

events {{
    worker_connections 4096;
}}

http {{
    access_log off;
    client_body_temp_path bodies;
    proxy_temp_path answers;
    fastcgi_temp_path other;
    uwsgi_temp_path other;
    scgi_temp_path other;

    # A connection to a worker is kept, unless it becomes a WebSocket.
    map $http_upgrade $connection_upgrade {{
        default upgrade;
        ''      '';
    }}

    # In turn, whoever asks. A worker that does not answer is left out for a second.
    upstream workers {{
{workers}
        keepalive 32;
        keepalive_timeout 60s;
    }}

    server {{
        listen {host}:{port};

        # The application has limits of its own (Limits.body, Limits.upload); this is the last one.
        client_max_body_size 128m;

        location / {{
            proxy_pass http://workers;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;

            # Files are checked as they arrive. Answers that come in frames say themselves, by
            # X-Accel-Buffering, that they must not be held back.
            proxy_request_buffering off;

            # Longer than a call may take (Limits.duration), and than two heartbeats of a line lie apart.
            proxy_read_timeout 75s;
            proxy_send_timeout 75s;
            proxy_connect_timeout 2s;

            # Another worker is asked if one cannot be reached; a call that was sent is never sent twice.
            proxy_next_upstream error timeout;
        }}
    }}
}}
"""


def configuration(ports: Sequence[int], *, host: str, port: int) -> str:
    """The whole configuration: all paths in it are relative to the folder that nginx is started with.

    Arguments:
        ports: where the workers listen on this machine.
        host: the address that nginx listens at.
        port: the port that nginx listens at.

    >>> print(configuration([8001, 8002], host="127.0.0.1", port=8000))
    worker_processes 1;
    ...
        upstream workers {
            server 127.0.0.1:8001 max_fails=1 fail_timeout=1s;
            server 127.0.0.1:8002 max_fails=1 fail_timeout=1s;
    ...
    """
    servers = [f"        server 127.0.0.1:{each} max_fails=1 fail_timeout=1s;" for each in ports]
    return _CONFIGURATION.format(workers="\n".join(servers), host=host, port=port)
