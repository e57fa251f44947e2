# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The parts of the emulated Xen host, put together in $work out of Debian packages: the hypervisor
# (xen), one kernel for dom0 and domUs (vmlinux, vmlinuz, and modules below root/), and small initrds
# (dom0.cpio, guest.cpio, and driver.cpio and stub.cpio for driver domain and stubdomain). To be
# sourced, with effort.sh.

: "${checkout:?}" "${work:?}" "${PATIENCE:?}"

xen=$("$checkout/tests/lib/release.sh" xen)
readonly xen hypervisor=xen-hypervisor-$xen-amd64

# What runs on the host, and, as dom0's root is the host's, in dom0.
machine_packages() {
	"$checkout/tests/lib/need.sh" \
		qemu-system-x86 qemu-system-xen "xen-utils-$xen" xenstore-utils busybox-static cpio kmod xz-utils zstd \
		make patch net-tools iproute2 iputils-ping nftables iptables ifupdown strace
}

version_of() {
	apt-cache policy "$1" | awk '$1 == "Candidate:" { print $2 }'
}

# Of the kernels that apt knows, the newest; and what of this decides whether to build anew.
choose_packages() {
	kernel=$("$checkout/tests/lib/release.sh" kernel)
	[[ -n $kernel ]] || return
	release=${kernel#linux-image-}
	key="$hypervisor=$(version_of "$hypervisor") $kernel=$(version_of "$kernel")"
}

download() {
	rm -rf "$work/packages"
	mkdir -p "$work/packages"
	(cd "$work/packages" && apt-get -qq -o APT::Sandbox::User=root download "$hypervisor" "$kernel")
}

# Hypervisor and kernel are only unpacked: this machine is not to boot them.
unpack() {
	local package
	rm -rf "$work/root"
	mkdir -p "$work/root"
	for package in "$work"/packages/*.deb; do
		dpkg -x "$package" "$work/root"
	done
	rm -r "$work/packages"
	[[ -e $work/root/lib ]] || ln -s usr/lib "$work/root/lib" # its packages may have usr/lib only
	depmod -b "$work/root" "$release"
	gunzip -c "$work/root/boot/xen-$xen-amd64.gz" >"$work/xen"
	cp "$work/root/boot/vmlinuz-$release" "$work/vmlinuz"
	unpack_kernel "$work/vmlinuz" >"$work/vmlinux"
}

# le OFFSET BYTES FILE: a little-endian number.
le() {
	od -An -v -t "u$2" -j "$1" -N "$2" "$3" | tr -d ' '
}

# plain: stdin, uncompressed if it is xz (Debian 12's kernels, 13's modules) or zstd (13's kernels).
plain() {
	local file=$work/compressed
	cat >"$file"
	case $(od -An -tx1 -N 4 "$file" | tr -d ' ') in
	fd377a58) xz -dc "$file" ;;
	28b52ffd) zstd -dc "$file" ;;
	*) cat "$file" ;;
	esac
	rm "$file"
}

# A bzImage's payload is the kernel's ELF file. Unpacking it here, once, saves each boot of a guest
# several seconds. Offsets: Linux's Documentation/x86/boot.rst; the last four bytes are the size.
unpack_kernel() {
	local image=$1 setup offset length
	setup=$((($(le 0x1f1 1 "$image") + 1) * 512))
	offset=$(le 0x248 4 "$image")
	length=$(le 0x24c 4 "$image")
	dd if="$image" status=none bs=1M iflag=skip_bytes,count_bytes \
		skip="$((setup + offset))" count="$((length - 4))" | plain
}

# with_libraries TREE PROGRAM...: the programs and what they are linked with, where they are here.
with_libraries() {
	local tree=$1
	shift
	{
		printf '%s\n' "$@"
		ldd "$@" | grep -oE '/[^ :]+ \(' | sed 's/ ($//'
	} | sort -u | cpio -pdL --quiet "$tree"
}

# initrd NAME INIT MODULE...: a static busybox, INIT, and the modules with what they depend on;
# /modules lists them in the order of loading. What is in $work/NAME.initrd comes in, too.
initrd() {
	local initrd=$1 init=$2 tree=$work/$1.initrd module name
	shift 2
	mkdir -p "$tree/bin" "$tree/lib"
	cp /bin/busybox "$tree/bin/"
	install -m 755 "$init" "$tree/init"
	modprobe -d "$work/root" -S "$release" --show-depends -a "$@" |
		awk '$1 == "insmod" && !seen[$2]++ { print $2 }' |
		while read -r module; do
			name=${module##*/}
			name=${name%.[xz]*} # .ko, .ko.xz, .ko.zst
			plain <"$module" >"$tree/lib/$name"
			echo "$name"
		done >"$tree/modules"
	(cd "$tree" && find . | busybox cpio -o -H newc 2>/dev/null) >"$work/$initrd.cpio"
	rm -r "$tree"
}

machine_build() {
	local kernel release key
	choose_packages || {
		apt-get -qq update
		choose_packages
	}
	if [[ $(cat "$work/key" 2>/dev/null) != "$key" ]]; then
		echo "building the machine: $key" >&2
		rm -f "$work/key"
		# Old lists name files that the archive no longer has.
		download 2>/dev/null || {
			apt-get -qq update
			choose_packages
			download
		}
		unpack
		echo "$key" >"$work/key"
	fi
	rm -rf "$work"/*.initrd
	initrd dom0 "$checkout/tests/xen/dom0-initrd" virtio_pci 9pnet_virtio 9p overlay
	initrd guest "$checkout/tests/xen/guest-init" xen-netfront sit
	driver_files "$work/driver.initrd"
	initrd driver "$checkout/tests/xen/driver-init" \
		xen-netback xenfs xen-evtchn xen-gntdev xen-gntalloc xen-privcmd
	stub_files "$work/stub.initrd"
	initrd stub "$checkout/tests/xen/stub-init" xen-netfront
}

stub_files() {
	mkdir -p "$1"
	with_libraries "$1" /usr/bin/xenstore-read /usr/bin/xenstore-write
	ln "$1/usr/bin/xenstore-read" "$1/usr/bin/xenstore-write" "$1"
}

# What a driver domain has of a host: xl, for `xl devd`, and the suite as the vifs' script.
driver_files() {
	mkdir -p "$1/etc/xen/scripts"
	with_libraries "$1" "/usr/lib/xen-$xen/bin/xl" "$checkout/build/vif-route-ipv6"
	ln "$1/usr/lib/xen-$xen/bin/xl" "$1/xl"
	ln "$1$checkout/build/vif-route-ipv6" "$1/etc/xen/scripts/vif-route-ipv6"
	cp "$checkout/tests/xen/ipv6.cfg" "$1/etc/xen/"
}

# machine_boot SERIAL WORDS QEMU-ARGUMENT...: becomes the machine, for at most $limit seconds. WORDS
# are variables for dom0-init. 9p gives dom0 the whole root of this machine, read-only, and the
# folder $log to write to.
#
# qemu64 and the emulated SVM: enough for domUs of all kinds, while "-cpu max" has SMAP, with which
# dom0 crashes. One processor is dom0's, the other the guests' (xl.conf): a dom0 on both spends most
# of its time on flushing the other's TLB. Without norandmaps each process has its code at addresses
# of its own, and QEMU translates it anew.
machine_boot() {
	local serial=$1 words=$2
	local to_xen='com1=115200,8n1 console=com1 smap=0 smep=0 spec-ctrl=no'
	local to_dom0="console=hvc0 quiet norandmaps panic=1 CHECKOUT=$checkout PATIENCE=$PATIENCE"
	to_xen+=' dom0_mem=1280M,max:1280M dom0_max_vcpus=1 dom0_vcpus_pin'
	shift 2
	exec timeout --foreground --kill-after=5 "${limit:?}" qemu-system-x86_64 \
		-machine pc -accel tcg,thread=multi -cpu qemu64,+svm,+npt -smp 2 \
		-display none -monitor none -serial "$serial" -no-reboot \
		-virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
		-virtfs "local,path=${log:?},mount_tag=log,security_model=none" \
		-kernel "$work/xen" \
		-append "$to_xen" -initrd "$work/vmlinux $to_dom0 $words,$work/dom0.cpio" "$@"
}
