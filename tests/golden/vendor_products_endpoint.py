# SPDX-License-Identifier: Apache-2.0
"""Endpoints, EDR, antivirus, cloud detections and servers: as in vendor_products.py.

`addresses: False`: what looks like an address in the text is none of the event's (ARNs, versions, answers of DNS)."""

NAME_CLIENT = "the client is a name; the address is only what it says was forwarded"
PANTHER = "a table that Panther computed or a query result of its own, no event of the product"
CUT = "a test of one condition, without anything that names the product"
METRIC = "a metric or a status of a container, whose only time is the shipper's"
CONTAINER = "a line of a container's own log, of no product; the address is an annotation of the pod"
ARGUMENT = "the only address is an argument of a command"
NO_LEVEL = "the level is an invented word"
OTHER_FIELDS = "IIS with cookies, host and bytes: fields that it does not write by default"
MAPPED = "an IPv4 address written as IPv6, which the expression of the test cuts"
OSSEC = "text that OSSEC made of Windows events: no shape of a shipper"
IN_COMMAND = "`action=` stands in a command line"


def all_of(reason, file, *lines):
    return {f"{file}:{line}": reason for line in lines}


PRODUCTS = {
    "crowdstrike": {"pack": "crowdstrike", "core": True, "decoded": 60, "exceptions": {
        **all_of(PANTHER, "panther-rule-tests", 64, 75, 76, 77, 78, 79),
    }},
    "sentinelone": {"pack": "sentinelone", "core": True, "decoded": 9, "exceptions": {}},
    "microsoft/graph": {"pack": ["m365", "microsoft_defender", "windows"], "core": True, "decoded": 15, "exceptions": {}},
    "microsoft/graph-security": {"pack": "microsoft_defender", "core": True, "decoded": 1, "exceptions": {}},
    "microsoft/defender": {"pack": "microsoft_defender", "core": True, "decoded": 1, "exceptions": {}},
    "microsoft/office365": {"pack": "m365", "decoded": 84, "exceptions": {}},
    "microsoft/dns-debug": {"pack": "dns", "decoded": 5, "exceptions": {}},
    "carbonblack/audit": {"pack": "carbonblack", "decoded": 13, "exceptions": {}},
    "mcafee/epo": {"pack": "trellix", "decoded": 1, "exceptions": {}},
    "eset": {"pack": "eset", "decoded": 4, "exceptions": {}},
    "panda/paps": {"pack": "panda", "decoded": 4, "exceptions": {}},
    "aws/guardduty": {"pack": "aws_findings", "addresses": False, "decoded": 5, "exceptions": {}},
    "aws/securityhub": {"pack": "aws_findings", "addresses": False, "decoded": 7, "exceptions": {}},
    "aws/security-hub": {"pack": "aws_findings", "addresses": False, "decoded": 12, "exceptions": {}},
    "aws/cloudtrail": {"pack": "aws_cloudtrail", "decoded": 5, "exceptions": {}},
    "zscaler": {"pack": "zscaler", "decoded": 16, "exceptions": {}},
    "proofpoint": {"pack": "proofpoint", "decoded": 20, "exceptions": {}},
    "cisco/umbrella": {"pack": "umbrella", "decoded": 2, "exceptions": {}},
    "okta": {"pack": "okta", "decoded": 37, "exceptions": {
        **all_of(PANTHER, "panther-rule-tests", 174, 175, 176, 177, 178, 179, 180, 181, 182, 183, 211, 212, 213, 214, 216, 217, 218, 219, 220),
    }},
    "duo": {"pack": "duo", "decoded": 24, "exceptions": {}},
    "1password": {"pack": "onepassword", "decoded": 2, "exceptions": {}},
    "gcp-k8s": {"pack": "gcp_audit", "decoded": 14, "exceptions": {**all_of(CUT, "panther-rule-tests", 145)}},
    "kubernetes/fluentbit": {"pack": ["kubernetes", "generic"], "decoded": 2, "exceptions": {
        **all_of(METRIC, "logscale-parser-samples", 30, 32),
        **all_of(CONTAINER, "logscale-parser-samples", 33, 34),
    }},
    "osquery": {"pack": "osquery", "decoded": 20, "exceptions": {}},
    "google/chrome-enterprise": {"pack": "chrome_enterprise", "addresses": False, "decoded": 11, "exceptions": {}},
    "windows/sysmon": {"pack": "windows", "core": True, "addresses": False, "decoded": 77, "exceptions": {
        **all_of(OSSEC, "wazuh4-ruletests", 481, 482),
        **all_of(IN_COMMAND, "wazuh4-ruletests", 507),
    }},
    "windows/baseline": {"pack": "windows", "core": True, "addresses": False, "decoded": 20, "exceptions": {}},
    "windows/powershell": {"pack": "windows", "core": True, "addresses": False, "decoded": 19, "exceptions": {}},
    "windows/security": {"pack": "windows", "core": True, "addresses": False, "decoded": 5, "exceptions": {}},
    "windows/eventchannel": {"pack": "windows", "core": True, "decoded": 3, "exceptions": {}},
    "linux/sshd": {"pack": "unix", "decoded": 53, "exceptions": {}},
    "linux/sudo": {"pack": "unix", "decoded": 2, "exceptions": {}},
    "linux/syslog": {"pack": "unix", "decoded": 3, "exceptions": {}},
    "linux/firewalld": {"pack": "unix", "decoded": 2, "exceptions": {}},
    "linux/auditd": {"pack": "auditd", "decoded": 30, "exceptions": {
        **all_of(ARGUMENT, "wazuh4-ruletests", 14, 15, 16, 17, 18),
    }},
    "auditd/expected": {"pack": "auditd", "decoded": 2, "exceptions": {}},
    "macos": {"pack": "unix", "decoded": 8, "exceptions": {}},
    "system/auth": {"pack": "unix", "decoded": 6, "exceptions": {}},
    "system/ubuntu_1204": {"pack": "unix", "decoded": 71, "exceptions": {}},
    "system/secure-rhel7": {"pack": "unix", "decoded": 4, "exceptions": {}},
    "system/rhel_7": {"pack": "unix", "decoded": 3, "exceptions": {}},
    "system/rhel_79": {"pack": "unix", "decoded": 1, "exceptions": {}},
    "system/eventID_1": {"pack": "linux", "core": True, "decoded": 1, "exceptions": {}},
    "system/eventID_3": {"pack": "linux", "core": True, "decoded": 1, "exceptions": {}},
    "system/eventID_4": {"pack": "linux", "core": True, "decoded": 1, "exceptions": {}},
    "system/eventID_5": {"pack": "linux", "core": True, "decoded": 1, "exceptions": {}},
    "system/eventID_9": {"pack": "linux", "core": True, "decoded": 1, "exceptions": {}},
    "system/eventID_11": {"pack": "linux", "core": True, "decoded": 2, "exceptions": {}},
    "system/eventID_16": {"pack": "linux", "core": True, "decoded": 1, "exceptions": {}},
    "system/eventID_23": {"pack": "linux", "core": True, "decoded": 1, "exceptions": {}},
    "apache": {"pack": "webserver", "decoded": 10, "exceptions": {}},
    "apache-http/basic": {"pack": "webserver", "decoded": 6, "exceptions": {
        **all_of(NAME_CLIENT, "wazuh5-ecs-expected", 5),
    }},
    "apache-http/darwin": {"pack": "webserver", "decoded": 5, "exceptions": {}},
    "apache-http/ubuntu": {"pack": "webserver", "decoded": 10, "exceptions": {}},
    "apache-http/vhost": {"pack": "webserver", "decoded": 1, "exceptions": {}},
    "apache-http/trace": {"pack": "webserver", "decoded": 1, "exceptions": {}},
    "apache-http/ssl_request": {"pack": "webserver", "decoded": 1, "exceptions": {}},
    "modsecurity": {"pack": "webserver", "decoded": 4, "exceptions": {}},
    "nginx": {"pack": "webserver", "decoded": 6, "exceptions": {**all_of(NO_LEVEL, "wazuh4-ruletests", 276)}},
    "nginx/access": {"pack": "webserver", "decoded": 4, "exceptions": {}},
    "web": {"pack": "webserver", "decoded": 33, "exceptions": {
        **all_of(OTHER_FIELDS, "wazuh4-ruletests", 588),
        **all_of(MAPPED, "wazuh4-ruletests", 592),
    }},
    "pihole": {"pack": "dns", "addresses": False, "decoded": 8, "exceptions": {}},
}
