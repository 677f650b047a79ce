"""Uses the installed Curlew as a person with a screen reader does: through the accessibility bus and the keyboard.

The shipped web view is private and cannot be automated by WebDriver; nothing is weakened for this trial. It waits for
what is on the screen, never for a time.
"""

import os
import subprocess
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

OUT = sys.argv[1]
PASSPHRASE = sys.argv[2]
LIMIT = 180
BUTTON, ENTRY, HEADING = Atspi.Role.PUSH_BUTTON, (Atspi.Role.ENTRY, Atspi.Role.PASSWORD_TEXT), Atspi.Role.HEADING


def everything(node, depth=0):
    """The tree below a node, as far as the program answers."""
    try:
        yield node
        count = node.get_child_count()
    except GLib.Error:
        return
    if depth > 60:
        return
    for index in range(min(count, 400)):
        try:
            child = node.get_child_at_index(index)
        except GLib.Error:
            continue
        if child is not None:
            yield from everything(child, depth + 1)


def words(node):
    try:
        return (node.get_name() or "").replace("\n", " ").strip()
    except GLib.Error:
        return ""


def role(node):
    try:
        return node.get_role()
    except GLib.Error:
        return None


def showing(node):
    try:
        states = node.get_state_set()
        return states.contains(Atspi.StateType.SHOWING) and states.contains(Atspi.StateType.SENSITIVE)
    except GLib.Error:
        return False


def desktop():
    return Atspi.get_desktop(0)


def until(what, look, limit=LIMIT):
    """Looks until there is something; says what is on the screen when there never is."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        found = look()
        if found:
            print(f"  {what}: {words(found) if isinstance(found, Atspi.Accessible) else found}", flush=True)
            return found
        if app.poll() is not None:
            sys.exit(f"Curlew ended by itself with {app.returncode} while waiting for: {what}")
        time.sleep(0.2)
    picture("missing")
    seen = [f"{role(node).value_nick} {words(node)!r}" for node in everything(desktop()) if role(node) and words(node)]
    sys.exit(f"not seen in {limit} s: {what}. On the screen: {seen[:80]}")


def node(roles, text):
    roles = roles if isinstance(roles, tuple) else (roles,)
    for found in everything(desktop()):
        if role(found) in roles and text in words(found) and showing(found):
            return found
    return None


def press(text):
    button = until(f"button {text!r}", lambda: node(BUTTON, text))
    if not Atspi.Action.do_action(button, 0):
        sys.exit(f"the button {text!r} cannot be pressed through the accessibility bus")


def write(text, what, letters):
    """Focus through the bus, letters through the keyboard."""
    entry = until(f"entry {text!r}", lambda: node(ENTRY, text))
    Atspi.Component.grab_focus(entry)
    until(f"{text!r} has the focus", lambda: entry.get_state_set().contains(Atspi.StateType.FOCUSED))
    subprocess.run(["xdotool", "type", "--delay", "30", letters], check=True)
    print(f"  wrote {what}", flush=True)


shown = b""


def picture(name, limit=30):
    """The screen once it has been painted, which may be seconds after the accessibility bus knows: the same eight times
    running, and not what the last picture showed. For people to look at; no proof hangs on it."""
    global shown
    path, last, same, end = f"{OUT}/{name}.png", b"", 0, time.monotonic() + limit
    while same < 8 and time.monotonic() < end:
        now = subprocess.run(["import", "-window", "root", "rgb:-"], capture_output=True).stdout
        same = same + 1 if now and now == last and now != shown else 0
        last = now
        time.sleep(0.3)
    shown = last
    subprocess.run(["import", "-window", "root", path], check=False)


app = subprocess.Popen(["curlew"], stdin=subprocess.DEVNULL)
try:
    window = until(
        "a window",
        lambda: subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", "^Curlew$"], capture_output=True, text=True
        ).stdout.split(),
    )
    # No window manager here: the keyboard is given to the window by hand.
    subprocess.run(["xdotool", "windowfocus", window[-1]], check=True)
    press("Sign in with your browser")
    write("Passphrase", "the passphrase", PASSPHRASE)
    write("The same passphrase again", "it again", PASSPHRASE)
    picture("1-first-run")
    press("Make my store")
    until("the caseload", lambda: node(BUTTON, "NHS No."))
    picture("2-caseload")
    press("Load for offline")
    until("the load's proof", lambda: node(BUTTON, "See the proof sheet"))
    picture("3-loaded")
    row = until("a patient", lambda: node(BUTTON, "NHS No."))
    name = words(row)
    Atspi.Action.do_action(row, 0)
    heading = until("the patient's banner", lambda: next(
        (n for n in everything(desktop()) if role(n) == HEADING and words(n) and words(n) in name), None))
    picture("4-patient")
    open(f"{OUT}/patient.txt", "w").write(words(heading))
    print(f"OPENED {words(heading)}", flush=True)
    press("Lock")
    until("the lock screen", lambda: node(ENTRY, "Passphrase"))
    picture("5-locked")
    print("LOCKED", flush=True)
finally:
    app.terminate()
    app.wait(20)
