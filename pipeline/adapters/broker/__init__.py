"""The embedded Kafka: real Apache Kafka on loopback, one node or three, in the data folder.

```
<data folder>/kafka/jars/<digest of the pom>/      fetched once by Maven
<data folder>/kafka/cluster.json                   nodes and first port of what was started
<data folder>/kafka/node-1/                        server.properties, data/, pid, kafka.log, output.log
```
"""

from pipeline.adapters.broker.cluster import (
    NodeStatus,
    Status,
    is_whole,
    kill_node,
    pause_node,
    resume_node,
    start,
    start_node,
    status,
    stop,
)

__all__ = [
    "NodeStatus",
    "Status",
    "is_whole",
    "kill_node",
    "pause_node",
    "resume_node",
    "start",
    "start_node",
    "status",
    "stop",
]
