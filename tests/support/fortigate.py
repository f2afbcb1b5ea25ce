# SPDX-License-Identifier: Apache-2.0
"""FortiGate log lines made by a seed: traffic that no rule knows, and viruses that the shipped library alerts on."""
import random

HOSTS = 400  # each with a name of virus of its own: at most so many alerts
DATE, MIDNIGHT = "2025-11-03", 1_762_128_000  # in the past: a time that is still to come would be replaced
DAY_SECONDS = 86_400


def _common(number, host):
    second = number % DAY_SECONDS
    clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    return (f'date={DATE} time={clock} devname="fw-1" devid="FGT0000000000001" eventtime={MIDNIGHT + second} '
            f'tz="+0000" vd="root" srcip=10.1.{host // 250}.{host % 250 + 1} dstip=198.51.100.{number % 250 + 1} ')


def virus(number, host=0, more=""):
    """A line that opens or joins the alert of its host; `more` goes to its end."""
    return (_common(number, host) + 'logid="0211008192" type="utm" subtype="virus" eventtype="infected" level="warning" '
            f'action="passthrough" virus="Test/Sample.{host}" filename="f{number}.exe" user="u{host % 30}"{more}')


def traffic(number, host=0):
    return (_common(number, host) + f'logid="0000000013" type="traffic" subtype="forward" level="notice" '
            f'srcport={number % 60000} dstport=443 service="HTTPS" action="accept" policyid=1 sentbyte=1200 rcvdbyte=3400')


def lines(count, seed, virus_each=200, broken_each=None, hosts=HOSTS):
    """`count` lines; one in `virus_each` is a virus, one in `broken_each` is no event at all. Of the viruses one in ten
    repeats the one before to the byte: a fact of its own all the same."""
    choice = random.Random(seed)
    last = virus(0)
    for number in range(count):
        host = choice.randrange(hosts)
        if broken_each is not None and choice.randrange(broken_each) == 0:
            yield f"line {number} was cut off before it sai"
        elif choice.randrange(virus_each) == 0:
            if choice.randrange(10) > 0:
                last = virus(number, host)
            yield last
        else:
            yield traffic(number, host)


def write_lines(path, texts):
    with open(path, "w", encoding="ascii") as out:
        for text in texts:
            out.write(text + "\n")
    return path
