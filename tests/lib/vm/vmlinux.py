# SPDX-License-Identifier: MIT
"""Unpacks a kernel image. QEMU can start the ELF kernel of an x86 bzImage directly (PVH), which
saves more than a second of each boot under emulation. A packed arm64 Image can unpack itself only
under UEFI."""
import lzma
import struct
import subprocess
import zlib

MAGIC = {b'\x28\xb5\x2f\xfd': 'zstd', b'\xfd7zXZ\x00': 'xz', b'\x1f\x8b': 'gzip', b'\x02\x21\x4c\x18': 'lz4'}


def unpack(payload):
    kind = next((kind for magic, kind in MAGIC.items() if payload.startswith(magic)), None)
    if kind == 'xz':
        return lzma.LZMADecompressor().decompress(payload)  # the image's own size follows it
    if kind == 'gzip':
        return zlib.decompressobj(31).decompress(payload)
    if kind is None:
        raise ValueError('a kernel packed in a way that is not known here')
    done = subprocess.run([kind, '-dc'], input=payload[:-4], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.stdout  # lz4 complains of what follows; the ELF header is checked


def elf_of(data):
    # Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length
    protected = (data[0x1F1] + 1) * 512
    offset, length = struct.unpack_from('<II', data, 0x248)
    kernel = unpack(data[protected + offset : protected + offset + length])
    return kernel if kernel.startswith(b'\x7fELF') else None


def arm64_image_of(data):
    if data[4:8] == b'zimg':  # drivers/firmware/efi/libstub/zboot-header.S
        offset, length = struct.unpack_from('<II', data, 8)
        data = unpack(data[offset : offset + length])
    return data if data[0x38:0x3C] == b'ARM\x64' else None  # Documentation/arch/arm64/booting.rst


def extract(image, vmlinux):
    with open(image, 'rb') as file:
        data = file.read()
    kernel = elf_of(data) if data[0x202:0x206] == b'HdrS' else arm64_image_of(data)
    if kernel is None:
        raise ValueError(f'{image} holds no kernel of a kind that is known here')
    with open(vmlinux, 'wb') as file:
        file.write(kernel)
