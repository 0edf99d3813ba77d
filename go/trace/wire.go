package trace

import (
	"encoding/binary"
	"errors"
)

// Protobuf's wire format, as far as Perfetto's traces need it. This module has no dependencies, so it is written here.

// Wire types.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

func appendTag(b []byte, field, wire int) []byte {
	return binary.AppendUvarint(b, uint64(field)<<3|uint64(wire))
}

func appendUint(b []byte, field int, v uint64) []byte {
	return binary.AppendUvarint(appendTag(b, field, wireVarint), v)
}

func appendBytes[T string | []byte](b []byte, field int, v T) []byte {
	b = binary.AppendUvarint(appendTag(b, field, wireBytes), uint64(len(v)))
	return append(b, v...)
}

// lengthRoom is how many bytes a message's length has here: always as many, so that it can be filled in when the message
// is complete. A varint may be longer than it must.
const lengthRoom = 4

// appendMessage appends a message that f appends to.
func appendMessage(b []byte, field int, f func([]byte) []byte) []byte {
	b = append(appendTag(b, field, wireBytes), 0, 0, 0, 0)
	from := len(b)
	b = f(b)
	n := len(b) - from
	for i := 1; i <= lengthRoom; i++ {
		b[from-lengthRoom+i-1] = byte(n>>(7*(i-1)))&0x7F | 0x80
	}
	b[from-1] &= 0x7F
	return b
}

var errWire = errors.New("is no protobuf message")

// field is one of a message: a number, or bytes.
type field struct {
	number int
	wire   int
	value  uint64
	bytes  []byte
}

// eachField calls f for the fields of a message.
func eachField(b []byte, f func(field) error) error {
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 || tag>>3 == 0 || tag>>3 > 1<<29-1 {
			return errWire
		}
		b = b[n:]
		x := field{number: int(tag >> 3), wire: int(tag & 7)}
		switch x.wire {
		case wireVarint:
			if x.value, n = binary.Uvarint(b); n <= 0 {
				return errWire
			}
		case wire64:
			if n = 8; len(b) < n {
				return errWire
			}
			x.value = binary.LittleEndian.Uint64(b)
		case wire32:
			if n = 4; len(b) < n {
				return errWire
			}
			x.value = uint64(binary.LittleEndian.Uint32(b))
		case wireBytes:
			length, m := binary.Uvarint(b)
			if m <= 0 || length > uint64(len(b)-m) {
				return errWire
			}
			x.bytes = b[m : m+int(length)]
			n = m + int(length)
		default:
			return errWire
		}
		b = b[n:]
		if err := f(x); err != nil {
			return err
		}
	}
	return nil
}
