#!/bin/bash
# Whether the node in this container answers. That it is in step with the network is what the alerts watch: restarting
# a node that is behind would only set it back.
set -euo pipefail
exec 3<>/dev/tcp/127.0.0.1/9944
printf 'GET /health HTTP/1.1\r\nHost: localhost:9944\r\nConnection: close\r\n\r\n' >&3
read -r _ status _ <&3
[ "$status" = 200 ]
