# SPDX-License-Identifier: Apache-2.0
"""Network products: the pack that knows their samples, how many are decoded right, and the exceptions.

`core`: one of the products that the design promises; `source`, `destination`, `action`, `reporter`: expressions that find
in the raw text what the event must have, where those of vendor_samples.py do not."""

PRODUCTS = {
    "paloalto/pan-os": {"pack": "paloalto", "core": True, "decoded": 0, "exceptions": {}},
    "fortinet/fortigate": {"pack": "fortigate", "core": True, "decoded": 0, "exceptions": {}},
    "fortinet/firewall": {"pack": "fortigate", "core": True, "decoded": 0, "exceptions": {}},
    "corelight/zeek": {"pack": "zeek", "core": True, "decoded": 0, "exceptions": {}},
    "zeek/apt29": {"pack": "zeek", "core": True, "decoded": 0, "exceptions": {}},
    "owlh": {"pack": "zeek", "core": True, "decoded": 0, "exceptions": {}},
}
