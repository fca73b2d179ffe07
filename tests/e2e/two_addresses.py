# SPDX-License-Identifier: Apache-2.0
"""What most speakers are started with: an address of each family on eth0, announced once."""

V4, V6 = "192.0.2.10", "2001:db8::10"
CONFIGURATION = f"""
source: file
interfaces: [eth0]
addresses: [{V4}, "{V6}"]
announce: {{rounds: 1, refresh: 0s}}
"""
