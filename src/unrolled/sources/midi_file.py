"""MIDI files as programs and devices write them, brought to the form that symusic reads.

RMID (MIDI within RIFF) and files with other bytes before their header are unwrapped; a header that is longer than six
bytes is cut to them; a file of type 2, whose tracks are pieces of their own, becomes one file a track; a note without
its end lasts until the end of its track.
"""

import struct
from collections import Counter

__all__ = ["plain_files"]

_HEADER, _TRACK, _END = b"MThd", b"MTrk", b"\xff\x2f\x00"
_BEFORE = 1_024  # bytes in which the header must begin; MacBinary puts 128 before it
_PIECES = 2  # the type of a file whose tracks are pieces of their own
_LENGTHS = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}  # of what follows a status


def plain_files(content: bytes) -> tuple[list[bytes], int]:
    """The file, or one for each piece in it, and how many notes had no end. What is damaged is left as it is."""
    content = _unwrapped(content)
    if len(content) < 14 or not content.startswith(_HEADER):
        return [content], 0
    length, kind, _, division = struct.unpack_from(">IHHH", content, 4)
    if length < 6:
        return [content], 0
    tracks, at, open_notes = list[bytes](), 8 + length, 0
    while at + 8 <= len(content):
        name, size = struct.unpack_from(">4sI", content, at)
        body = content[at + 8 : at + 8 + size]
        at += 8 + size
        if name == _TRACK and len(body) == size:
            body, unended = _ended(body)
            open_notes += unended
            tracks.append(_TRACK + struct.pack(">I", len(body)) + body)
        elif name == _TRACK:  # cut off: symusic says so
            return [content], 0
    if kind == _PIECES:
        return [_file(0, [track], division) for track in tracks] or [content], open_notes
    return [_file(kind, tracks, division)], open_notes


def _file(kind: int, tracks: list[bytes], division: int) -> bytes:
    return _HEADER + struct.pack(">IHHH", 6, kind, len(tracks), division) + b"".join(tracks)


def _unwrapped(content: bytes) -> bytes:
    """What begins with the header, without what stands around it."""
    at = content.find(_HEADER, 0, _BEFORE)
    if content[:4] == b"RIFF" and at >= 8:
        (size,) = struct.unpack_from("<I", content, at - 4)
        return content[at : at + size]
    return content[at:] if at > 0 else content


def _ended(body: bytes) -> tuple[bytes, int]:
    """A track whose notes all end, and how many did not."""
    sounding = Counter[tuple[int, int]]()
    at = running = 0
    try:
        while at < len(body):
            delta, before = _number(body, at)[1], at
            status, at = (body[delta], delta + 1) if body[delta] >= 0x80 else (running, delta)
            running = status if status < 0xF0 else running
            if body[delta : delta + 2] == _END[:2]:
                return _with_ends(body, before, delta, sounding)
            if status in (0xF0, 0xF7) or status == 0xFF:
                size, start = _number(body, at + (status == 0xFF))
                at = start + size
                continue
            if status & 0xF0 in (0x80, 0x90):
                key = status & 0x0F, body[at]
                if status & 0xF0 == 0x90 and body[at + 1]:
                    sounding[key] += 1
                else:
                    del sounding[key]
            at += _LENGTHS.get(status & 0xF0, 0)
    except IndexError:  # damaged: symusic says so
        return body, 0
    return _with_ends(body, len(body), len(body), sounding)


def _with_ends(body: bytes, before: int, event: int, sounding: Counter[tuple[int, int]]) -> tuple[bytes, int]:
    """The track up to its end, whose time is the bytes from ``before`` to ``event``, with the ends of all notes."""
    if not sounding:
        return body, 0
    time = body[before:event] or b"\0"
    ends = [bytes([0x80 | channel, note, 0]) for channel, note in sounding.elements()]
    return body[:before] + time + b"\0".join(ends) + b"\0" + _END, len(ends)


def _number(body: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and the place after it."""
    value = 0
    while body[at] & 0x80:
        value, at = value << 7 | body[at] & 0x7F, at + 1
    return value << 7 | body[at], at + 1
