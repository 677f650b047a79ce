#!/bin/sh
# Installs a .deb into an empty system, uses it there, takes it away, and lays an .rpm down in its place. Runs in a mount
# namespace of its own.
# usage: trial.sh ROOT DEB RPM SANDBOX BROWSER DRIVE OUT
set -eu
ROOT=$1 DEB=$2 RPM=$3 SANDBOX=$4 BROWSER=$5 DRIVE=$6 OUT=$7
PASSPHRASE='reed avocet samphire tern'

say() { printf '\n-- %s\n' "$*"; }
inside() { chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
install() { inside apt-get install -y -qq --no-install-recommends "$@" >"$OUT/apt.log" 2>&1 || { tail -30 "$OUT/apt.log"; exit 1; }; }
# Files of the system that come and go with any package.
files() { (cd "$ROOT" && find etc usr opt var/lib -xdev \( -path var/lib/apt -o -path var/lib/dpkg -o -path usr/share/mime -o -path usr/share/icons/hicolor/icon-theme.cache \) -prune -o -print | sort); }

mount --make-rprivate /
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
mount -t tmpfs -o mode=1777 tmpfs "$ROOT/dev/shm"
mount -t tmpfs -o mode=1777 tmpfs "$ROOT/tmp"
# No service is started in here.
printf '#!/bin/sh\nexit 101\n' >"$ROOT/usr/sbin/policy-rc.d"; chmod +x "$ROOT/usr/sbin/policy-rc.d"
cp /etc/resolv.conf "$ROOT/etc/resolv.conf"
apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) main' 'Created-By: Packages' 'Origin: Debian' | sort -u >"$ROOT/etc/apt/sources.list"
inside apt-get update -qq

say "install, with nothing but what the package itself asks for"
mkdir -p "$ROOT/srv/trial"
cp "$DEB" "$ROOT/srv/trial/curlew.deb"
inside dpkg --info /srv/trial/curlew.deb | sed -n 's/^ \(Package\|Version\|Architecture\|Installed-Size\|Depends\|Recommends\|Section\|Maintainer\): /\1: /p'
install /srv/trial/curlew.deb
inside dpkg -L curlew | sort >"$OUT/installed.txt"
cat "$OUT/installed.txt"
for program in curlew curlewctl; do
  inside $program --version
  if inside ldd "/usr/bin/$program" | grep 'not found'; then echo "$program lacks a library"; exit 1; fi
done
inside curlewctl --help >/dev/null

say "a desktop, a person, and the policy of their organisation"
install xvfb xauth dbus dbus-x11 gnome-keyring xdotool x11-utils imagemagick at-spi2-core python3-gi gir1.2-atspi-2.0 fonts-dejavu-core desktop-file-utils procps
inside desktop-file-validate /usr/share/applications/Curlew.desktop
inside dbus-uuidgen --ensure=/etc/machine-id
inside id nurse >/dev/null 2>&1 || inside useradd --create-home nurse
cp "$BROWSER" "$ROOT/srv/trial/browser"; cp "$DRIVE" "$ROOT/srv/trial/drive.py"
mkdir -p "$ROOT/srv/trial/out"; chmod 777 "$ROOT/srv/trial/out"

"$SANDBOX" --port 0 --patients 8 --count >"$OUT/sandbox.txt" 2>&1 &
SERVER=$!
trap 'kill -INT $SERVER 2>/dev/null || true' EXIT
until grep -q 'record API at' "$OUT/sandbox.txt"; do kill -0 $SERVER || { cat "$OUT/sandbox.txt"; exit 1; }; sleep 0.2; done
API=$(sed -n 's/^record API at //p' "$OUT/sandbox.txt")
mkdir -p "$ROOT/etc/curlew"
printf 'record_api = "%s"\n' "$API" >"$ROOT/etc/curlew/policy.toml"
inside curlewctl policy check /etc/curlew/policy.toml

say "sign in, load, open a patient, lock: as nurse, through the accessibility bus"
session() {
  inside runuser -u nurse -- env -i PATH=/usr/bin:/bin HOME=/home/nurse USER=nurse LANG=C.UTF-8 XDG_RUNTIME_DIR=/tmp/nurse \
    GDK_BACKEND=x11 BROWSER=/srv/trial/browser xvfb-run -a -s '-screen 0 1280x900x24' dbus-run-session -- sh -c \
    'printf "trial\n" | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null 2>&1; exec "$@"' sh "$@"
}
inside runuser -u nurse -- mkdir -p -m 700 /tmp/nurse
session sh -c "python3 /srv/trial/drive.py /srv/trial/out '$PASSPHRASE' && printf '%s\n' '$PASSPHRASE' | curlewctl audit verify --passphrase-stdin" | tee "$OUT/drive.txt"
cp "$ROOT"/srv/trial/out/* "$OUT/" || true
grep -q '^OPENED ' "$OUT/drive.txt"
grep -q '^LOCKED' "$OUT/drive.txt"
grep -q 'entries are in place and unchanged' "$OUT/drive.txt"

say "what the record API saw"
kill -INT $SERVER; wait $SERVER || true
trap - EXIT
cat "$OUT/sandbox.txt"
for asked in token everything audit-event; do
  grep -Eq "^ +$asked +[1-9]" "$OUT/sandbox.txt" || { echo "the record API was never asked for: $asked"; exit 1; }
done

say "nothing readable is left in the person's folder"
SURNAME=$(sed 's/[, ].*//' "$OUT/patient.txt")
[ ${#SURNAME} -ge 3 ]
(cd "$ROOT/home/nurse" && find . -type f -not -path './.cache/mesa*' | sort)
if grep -rilI "$SURNAME" "$ROOT/home/nurse" || grep -rila "$SURNAME" "$ROOT/home/nurse"; then echo "the patient's name is readable above"; exit 1; fi
echo "the name of who was opened is in none of these files"

say "purge"
inside apt-get purge -y -qq curlew >"$OUT/apt.log" 2>&1
if inside dpkg -s curlew >/dev/null 2>&1; then echo "dpkg still knows the package"; exit 1; fi
LEFT=$(files | grep -i curlew | grep -v '^etc/curlew' || true)
[ -z "$LEFT" ] || { echo "left behind:"; echo "$LEFT"; exit 1; }
while read -r path; do
  if [ -f "$ROOT$path" ]; then echo "left behind: $path"; exit 1; fi
done <"$OUT/installed.txt"
echo "no file of the package is left; the policy file and the person's encrypted folder are theirs and stay"

say "the .rpm, by RPM itself, where the same libraries are"
# This system's libraries are dpkg's, which RPM does not know: what the package asks for is checked by the linker instead.
rpm --root "$ROOT" --install --nodeps --nosignature "$RPM"
rpm --root "$ROOT" --verify --nodeps curlew
rpm --root "$ROOT" --query --list curlew | sort >"$OUT/installed-rpm.txt"
for program in curlew curlewctl; do
  inside $program --version
  if inside ldd "/usr/bin/$program" | grep 'not found'; then echo "$program lacks a library"; exit 1; fi
done
inside desktop-file-validate /usr/share/applications/Curlew.desktop
rpm --root "$ROOT" --erase curlew
while read -r path; do
  if [ -f "$ROOT$path" ]; then echo "left behind: $path"; exit 1; fi
done <"$OUT/installed-rpm.txt"
echo "installed, verified and erased; no file of it is left"
