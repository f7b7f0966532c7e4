#!/usr/bin/env python3
# usage: spam.py message.eml...
# Judges messages by SpamAssassin (0.0 at the most) and rspamd (1.0 at the most), and
# spam.eml beside this file as the control, which both must find. Neither asks the
# network: the one runs with -L, the other with a resolver that is not there and
# without the modules that want one. So nobody here knows the sender's keys and repute.
import json, os, pathlib, re, socket, subprocess, sys, tempfile, time, urllib.request

here = pathlib.Path(__file__).parent
control = here / 'spam.eml'


def start_rspamd(work, port):
    for folder in ('db', 'run', 'log', 'local/override.d'):
        (work / folder).mkdir(parents=True)
    override = work / 'local/override.d'
    for module in ('asn', 'fuzzy_check', 'hfilter', 'phishing', 'rbl', 'url_redirector'):
        (override / f'{module}.conf').write_text('enabled = false;\n')
    (override / 'options.inc').write_text('dns { nameserver = ["127.0.0.1:1"]; timeout = 0.05; retransmits = 1; }\n')
    (work / 'rspamd.conf').write_text('''
.include "$CONFDIR/common.conf"
options {
  .include "$CONFDIR/options.inc"
  .include(priority=10) "$LOCAL_CONFDIR/override.d/options.inc"
  pidfile = false;
}
logging { type = "console"; level = "error"; }
worker "normal" { bind_socket = "127.0.0.1:%d"; count = 1; }
''' % port)
    places = [f'--var={name}={work / folder}' for name, folder in (('DBDIR', 'db'), ('RUNDIR', 'run'), ('LOGDIR', 'log'), ('LOCAL_CONFDIR', 'local'))]
    return subprocess.Popen(['rspamd', '--insecure', '--no-fork', '--config', str(work / 'rspamd.conf'), *places],
                            stdout=open(work / 'rspamd.log', 'w'), stderr=subprocess.STDOUT)


def rspamd(port, file):
    # The client is a mail server of the sender's, whose name leads to its address.
    client = {'IP': '192.0.2.25', 'Hostname': 'mail.news.example.org', 'Helo': 'mail.news.example.org', 'From': 'bounces@news.example.org', 'Rcpt': 'ada@example.org'}
    request = urllib.request.Request(f'http://127.0.0.1:{port}/checkv2', data=pathlib.Path(file).read_bytes(), headers=client)
    verdict = json.load(urllib.request.urlopen(request, timeout=30))
    return verdict['score'], {name: found['score'] for name, found in verdict['symbols'].items() if found['score'] > 0}


def spamassassin(file):
    judged = subprocess.run(['spamassassin', '-L', '-x', '-t'], stdin=open(file), capture_output=True, text=True, errors='replace', check=True).stdout
    rules = re.findall(r'^ +(\d+\.\d+) ([A-Z0-9_]+) ', judged, re.M)
    return float(re.search(r'^X-Spam-Status:[^\n]* score=(-?[\d.]+)', judged, re.M).group(1)), {name: float(score) for score, name in rules if float(score) > 0}


def wait_for(server, port, log):
    for _ in range(240):  # it compiles its expressions first
        try:
            return rspamd(port, control)
        except OSError:
            if server.poll() is not None:
                sys.exit('rspamd does not start:\n' + log.read_text())
            time.sleep(0.5)
    sys.exit('rspamd does not answer:\n' + log.read_text())


def main(messages):
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    faults = 0
    with tempfile.TemporaryDirectory() as work:
        server = start_rspamd(pathlib.Path(work), port)
        try:
            wait_for(server, port, pathlib.Path(work) / 'rspamd.log')
            for file in [control, *messages]:
                (sa, why), (rs, why_not) = spamassassin(file), rspamd(port, file)
                good = sa >= 5 and rs >= 5 if file == control else sa <= 0.0 and rs <= 1.0
                print(f'{os.path.basename(file):40} SpamAssassin {sa:5.1f}  rspamd {rs:5.2f}', '' if good else f' FAULT {why} {why_not}', flush=True)
                faults += not good
        finally:
            server.terminate()
            server.wait()
    print(f'spam checks: {faults} faults in {len(messages)} messages and the control')
    return faults > 0


sys.exit(main(sys.argv[1:]))
