"""A trace, read with Perfetto's own definition of its format, which go/trace does not use: what is written by hand there must be
what the viewer reads. The rules that are checked are those of Perfetto's page "Track events".

SCXB_TRACE names a trace to read; without it, a test of go/trace records one.
"""

from __future__ import annotations

import collections
import os
import pathlib
import subprocess
import tempfile
import unittest

from google.protobuf import unknown_fields
from google.protobuf.message import Message
from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as pb

ROOT = pathlib.Path(__file__).resolve().parents[2]


def recorded() -> bytes:
    if given := os.environ.get("SCXB_TRACE"):
        return pathlib.Path(given).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "trace"
        command = [os.environ.get("GO", "go"), "-C", ROOT / "go", "test", "-count=1", "-run=TestReadGivesBackWhatWasRecorded", "./trace"]
        done = subprocess.run(command, env=os.environ | {"TRACE_OUT": str(out)}, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"go test recorded no trace:\n{done.stdout}{done.stderr}")
        return out.read_bytes()


def unknown(message: Message) -> list[str]:
    """The fields, of the message and of those in it, that its definition does not have."""
    found = [f"{message.DESCRIPTOR.name} has a field {field.field_number}" for field in unknown_fields.UnknownFieldSet(message)]
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            for each in value if field.is_repeated else [value]:
                found += unknown(each)
    return found


class Format(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.packets = pb.Trace.FromString(recorded()).packet
        cls.events = [packet for packet in cls.packets if packet.HasField("track_event")]
        cls.tracks = {p.track_descriptor.uuid: p.track_descriptor for p in cls.packets if p.HasField("track_descriptor")}
        cls.names, cls.notes = {}, {}
        for packet in cls.packets:
            cls.names |= {name.iid: name.name for name in packet.interned_data.event_names}
            cls.notes |= {name.iid: name.name for name in packet.interned_data.debug_annotation_names}

    def name(self, event: pb.TrackEvent) -> str:
        return self.names[event.name_iid] if event.HasField("name_iid") else event.name

    def test_has_only_fields_that_perfetto_knows(self):
        self.assertGreater(len(self.events), 10)
        self.assertEqual([field for packet in self.packets for field in unknown(packet)], [])

    def test_one_sequence_that_begins_with_its_state(self):
        self.assertEqual({packet.trusted_packet_sequence_id for packet in self.packets}, {self.packets[0].trusted_packet_sequence_id})
        self.assertNotEqual(self.packets[0].trusted_packet_sequence_id, 0)
        cleared = pb.TracePacket.SEQ_INCREMENTAL_STATE_CLEARED
        self.assertEqual([n for n, packet in enumerate(self.packets) if packet.sequence_flags & cleared], [0])
        for packet in self.events:
            self.assertTrue(packet.sequence_flags & pb.TracePacket.SEQ_NEEDS_INCREMENTAL_STATE)

    def test_the_clock_of_the_events_is_related_to_the_traces(self):
        clock = self.packets[0].trace_packet_defaults.timestamp_clock_id
        self.assertEqual(clock, pb.BUILTIN_CLOCK_MONOTONIC)
        [snapshot] = [packet.clock_snapshot for packet in self.packets if packet.HasField("clock_snapshot")]
        known = {each.clock_id: each.timestamp for each in snapshot.clocks}
        self.assertEqual(set(known), {clock, pb.BUILTIN_CLOCK_BOOTTIME, pb.BUILTIN_CLOCK_REALTIME})
        self.assertNotIn(0, known.values())

    def test_all_that_is_referred_to_is_there(self):
        for packet in self.events:
            event = packet.track_event
            self.assertIn(event.track_uuid, self.tracks)
            if event.type != pb.TrackEvent.TYPE_SLICE_END:
                self.assertTrue(self.name(event))
            for note in event.debug_annotations:
                self.assertTrue(self.notes[note.name_iid])
                self.assertIsNotNone(note.WhichOneof("value"))
        for track in self.tracks.values():
            if track.HasField("parent_uuid"):
                self.assertIn(track.parent_uuid, self.tracks)
            # A track is named by itself, or by its thread.
            self.assertTrue(track.name or (track.thread.tid > 0 and track.thread.pid > 0 and track.thread.thread_name))

    def test_slices_of_a_track_follow_each_other(self):
        by_track = collections.defaultdict(list)
        for packet in self.events:
            by_track[packet.track_event.track_uuid].append(packet)
        drawn = 0
        for uuid, packets in by_track.items():
            is_open = False
            # As the viewer does: by time, and what has the same one as it was written.
            for packet in sorted(packets, key=lambda packet: packet.timestamp):
                kind = packet.track_event.type
                if kind == pb.TrackEvent.TYPE_SLICE_BEGIN:
                    self.assertFalse(is_open, f"track {self.tracks[uuid]} has a slice in a slice at {packet.timestamp}")
                    is_open, drawn = True, drawn + 1
                elif kind == pb.TrackEvent.TYPE_SLICE_END:
                    self.assertTrue(is_open, f"track {self.tracks[uuid]} has an end without a beginning at {packet.timestamp}")
                    is_open = False
                else:
                    self.assertEqual(kind, pb.TrackEvent.TYPE_INSTANT)
            self.assertFalse(is_open, f"a slice of track {self.tracks[uuid]} has no end")
        self.assertGreater(drawn, 5)

    def test_a_decision_says_what_the_documentation_queries(self):
        decisions = [p.track_event for p in self.events if self.name(p.track_event) == "waits for decision"]
        self.assertTrue(decisions)
        for event in decisions:
            said = {self.notes[note.name_iid] for note in event.debug_annotations}
            self.assertLessEqual({"comm", "seq", "tid", "pid", "why", "queued_at", "received_at"}, said)


if __name__ == "__main__":
    unittest.main()
