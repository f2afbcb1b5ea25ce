# SPDX-License-Identifier: Apache-2.0
"""Network products: the pack that knows their samples, how many are decoded right, and the exceptions with their reasons.

`core`: one of the products that the design promises. `source`, `destination`, `action`, `reporter`: expressions that find
in the raw text what the event must have, where those of vendor_samples.py do not. `addresses: False`: what looks like an
address in the text is none of the event's. `wrapped`: lines of text must mean the same inside of wrappers."""

CUT = "the sample itself is cut inside of a quoted value: a dead letter `truncated`"
INVENTED = "generated text in the shape of no version of the product"
RELAY = "the only address is that of a mail relay inside of a sentence"
TYPE = "OTHERS is no type of log of PAN-OS"


def all_of(reason, file, *lines):
    return {f"{file}:{line}": reason for line in lines}


PRODUCTS = {
    # --- firewalls
    "paloalto/pan-os": {"pack": "paloalto", "core": True, "decoded": 16, "exceptions": {
        **all_of(TYPE, "wazuh4-ruletests", 374),
    }},
    "fortinet/fortigate": {"pack": "fortigate", "core": True, "decoded": 34, "exceptions": {}},
    "fortinet/firewall": {"pack": "fortigate", "core": True, "decoded": 2, "exceptions": {}},
    "fortinet/fortimanager": {"pack": "fortigate", "decoded": 3, "exceptions": {}},
    "fortinet/fortiauth": {"pack": "fortinet", "decoded": 3, "exceptions": {}},
    "fortinet/fortiddos": {"pack": "fortinet", "decoded": 3, "exceptions": {}},
    "fortinet/fortimail": {"pack": "fortinet", "decoded": 6, "exceptions": {
        **all_of(RELAY, "wazuh5-ecs-expected", 59),
    }},
    "fortinet/client-endpoint": {"pack": "fortinet", "decoded": 2, "exceptions": {}},
    "cisco/asa": {"pack": "cisco_asa", "core": True, "decoded": 40, "exceptions": {}},
    "cisco/ftd": {"pack": "cisco_asa", "core": True, "decoded": 21, "exceptions": {}},
    "cisco/pix": {"pack": "cisco_asa", "core": True, "decoded": 8, "exceptions": {}},
    "cisco/ios": {"pack": "cisco_ios", "decoded": 8, "exceptions": {}},
    "checkpoint/smart-1": {"pack": "checkpoint", "core": True, "decoded": 6, "exceptions": {}},
    "pfsense/filterlog": {"pack": "pfsense", "core": True, "decoded": 1, "exceptions": {}},
    "sophos/utm-xg": {"pack": "sophos", "core": True, "decoded": 0, "exceptions": {
        **all_of(CUT, "wazuh4-ruletests", 419, 420, 421, 422),
    }},
    "sophos/antispam": {"pack": "sophos", "core": True, "decoded": 1, "exceptions": {}},
    "sophos/antivirus": {"pack": ["sophos", "sophos_endpoint"], "core": True, "decoded": 5, "exceptions": {}},
    "sophos/atp": {"pack": "sophos", "core": True, "decoded": 1, "exceptions": {}},
    "sophos/event": {"pack": "sophos", "core": True, "decoded": 1, "exceptions": {}},
    "sophos/idp": {"pack": "sophos", "core": True, "decoded": 1, "exceptions": {}},
    "sophos/waf": {"pack": "sophos", "core": True, "decoded": 1, "exceptions": {}},
    "sophos/wifi": {"pack": "sophos", "core": True, "decoded": 1, "exceptions": {}},
    "sonicwall": {"pack": "sonicwall", "decoded": 5, "exceptions": {}},
    "sonicwall/firewall-generated": {"pack": "sonicwall", "decoded": 2, "exceptions": {
        **all_of(INVENTED, "wazuh5-ecs-expected", 68),
    }},
    "juniper/netscreen": {"pack": "juniper", "decoded": 2, "exceptions": {}},
    "huawei/usg": {"pack": "huawei", "decoded": 1, "exceptions": {}},
    "linux/iptables": {"pack": "iptables", "decoded": 40, "exceptions": {}},
    # --- web application firewalls and proxies
    "f5/bigip": {"pack": "f5", "decoded": 24, "exceptions": {}},
    "f5/afm": {"pack": "f5", "decoded": 1, "exceptions": {}},
    "f5/apm": {"pack": "f5", "decoded": 0, "exceptions": {
        **all_of(INVENTED, "wazuh5-ecs-expected", 52),
    }},
    "imperva/cloudwaf": {"pack": "cef", "source": [r"\bsrc=([\d.]+)"], "decoded": 1, "exceptions": {}},
    "squid": {"pack": "squid", "decoded": 2, "exceptions": {}},
    # --- sensors
    "corelight/zeek": {"pack": ["zeek", "suricata"], "core": True, "decoded": 55, "exceptions": {}},
    "corelight/investigator": {"pack": "corelight", "decoded": 2, "exceptions": {}},
    "zeek/apt29": {"pack": "zeek", "decoded": 2140, "exceptions": {}},
    "owlh": {"pack": "zeek", "core": True, "decoded": 3, "exceptions": {}},
    # --- schemas
    "ocsf": {"pack": "ocsf", "core": True, "decoded": 36, "exceptions": {}},
}

for entry in PRODUCTS.values():
    entry["wrapped"] = entry["pack"] != ["sophos", "sophos_endpoint"]  # files of an endpoint, that no syslog daemon cuts
