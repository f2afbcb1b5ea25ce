// SPDX-License-Identifier: Apache-2.0

// Verifies an evidence export and its receipts with the Go project's own note and tlog packages. It shares no
// code and no test vector with the C++ program: it reads the export as docs/evidence-format.md describes it.
//
//	verifier export DIR [KNOWN-CHECKPOINT]…
//	verifier receipt VKEYS PROOF ENTRY
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileWidth = 256

type checkpoint struct {
	origin string
	tree   tlog.Tree
}

// The text of a checkpoint is not the format of tlog.ParseTree, whose first line is fixed.
func parseCheckpoint(text string) (checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 {
		return checkpoint{}, errors.New("checkpoint: fewer than three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return checkpoint{}, fmt.Errorf("checkpoint: size: %w", err)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return checkpoint{}, fmt.Errorf("checkpoint: root: %w", err)
	}
	return checkpoint{lines[0], tlog.Tree{N: size, Hash: root}}, nil
}

func openCheckpoint(path string, keys note.Verifiers) (checkpoint, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return checkpoint{}, err
	}
	return openNote(text, keys)
}

func openNote(text []byte, keys note.Verifiers) (checkpoint, error) {
	opened, err := note.Open(text, keys)
	if err != nil {
		return checkpoint{}, err
	}
	head, err := parseCheckpoint(opened.Text)
	if err == nil && opened.Sigs[0].Name != head.origin {
		err = errors.New("checkpoint: the key's name is not the origin")
	}
	return head, err
}

func readKeys(path string) (note.Verifiers, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var keys []note.Verifier
	for _, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		key, err := note.NewVerifier(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		keys = append(keys, key)
	}
	return note.VerifierList(keys...), nil
}

func tilePath(dir, kind string, index int64, width int) string {
	path := fmt.Sprintf("%03d", index%1000)
	for index /= 1000; index > 0; index /= 1000 {
		path = fmt.Sprintf("x%03d/%s", index%1000, path)
	}
	if width < tileWidth {
		path = fmt.Sprintf("%s.p/%d", path, width)
	}
	return filepath.Join(dir, "tile", kind, path)
}

// How wide tile `index` of a level with `hashes` hashes is.
func widthOf(hashes, index int64) int {
	if left := hashes - index*tileWidth; left < tileWidth {
		return int(left)
	}
	return tileWidth
}

func readEntries(dir string, size int64) ([][]byte, error) {
	var entries [][]byte
	for index := int64(0); index*tileWidth < size; index++ {
		width := widthOf(size, index)
		path := tilePath(dir, "entries", index, width)
		bundle, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		for i := 0; i < width; i++ {
			if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
				return nil, fmt.Errorf("%s: cut off in entry %d", path, i)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			entries = append(entries, bundle[2:end])
			bundle = bundle[end:]
		}
		if len(bundle) > 0 {
			return nil, fmt.Errorf("%s: more bytes after the last entry", path)
		}
	}
	return entries, nil
}

// tileReader gives the hashes that tlog asks for, from the tiles of the export alone.
type tileReader struct {
	dir  string
	size int64
}

func (r tileReader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, index := range indexes {
		level, n := tlog.SplitStoredHashIndex(index)
		hash, err := r.hash(level, n)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

func (r tileReader) hash(level int, n int64) (tlog.Hash, error) {
	tileLevel, height := level/8, uint(level%8)
	first := n << height
	width := widthOf(r.size>>uint(8*tileLevel), first/tileWidth)
	path := tilePath(r.dir, strconv.Itoa(tileLevel), first/tileWidth, width)
	tile, err := os.ReadFile(path)
	if err != nil {
		return tlog.Hash{}, err
	}
	if len(tile) != width*tlog.HashSize {
		return tlog.Hash{}, fmt.Errorf("%s: %d bytes", path, len(tile))
	}
	row := make([]tlog.Hash, 1<<height)
	for i := range row {
		copy(row[i][:], tile[(int(first%tileWidth)+i)*tlog.HashSize:])
	}
	for ; len(row) > 1; row = row[:len(row)/2] {
		for i := 0; i < len(row)/2; i++ {
			row[i] = tlog.NodeHash(row[2*i], row[2*i+1])
		}
	}
	return row[0], nil
}

// memoryReader gives the hashes of a tree that was built from the entries.
type memoryReader []tlog.Hash

func (r memoryReader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, index := range indexes {
		hashes = append(hashes, r[index])
	}
	return hashes, nil
}

func build(entries [][]byte) (memoryReader, error) {
	var stored memoryReader
	for seq, entry := range entries {
		hashes, err := tlog.StoredHashes(int64(seq), entry, stored)
		if err != nil {
			return nil, err
		}
		stored = append(stored, hashes...)
	}
	return stored, nil
}

func checkEntries(entries [][]byte) error {
	for seq, entry := range entries {
		var common struct {
			V    int    `json:"v"`
			Seq  *int64 `json:"seq"`
			Type string `json:"type"`
		}
		if err := json.Unmarshal(entry, &common); err != nil {
			return fmt.Errorf("entry %d: %w", seq, err)
		}
		if common.V != 1 || common.Seq == nil || *common.Seq != int64(seq) || common.Type == "" {
			return fmt.Errorf("entry %d: v, seq or type is wrong", seq)
		}
	}
	return nil
}

func checkRecords(head checkpoint, entries [][]byte, tiles tlog.HashReader) error {
	for seq, entry := range entries {
		proof, err := tlog.ProveRecord(head.tree.N, int64(seq), tiles)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, head.tree.N, head.tree.Hash, int64(seq), tlog.RecordHash(entry)); err != nil {
			return fmt.Errorf("entry %d: %w", seq, err)
		}
	}
	return nil
}

func checkOlder(path string, older checkpoint, head checkpoint, tiles tlog.HashReader) error {
	if older.origin != head.origin {
		return fmt.Errorf("%s: of another log", path)
	}
	if older.tree.N > head.tree.N {
		return fmt.Errorf("%s: size %d, the export ends at %d", path, older.tree.N, head.tree.N)
	}
	proof, err := tlog.ProveTree(head.tree.N, older.tree.N, tiles)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, head.tree.N, head.tree.Hash, older.tree.N, older.tree.Hash); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func verifyExport(dir string, known []string) error {
	keys, err := readKeys(filepath.Join(dir, "vkeys"))
	if err != nil {
		return err
	}
	head, err := openCheckpoint(filepath.Join(dir, "checkpoint"), keys)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	entries, err := readEntries(dir, head.tree.N)
	if err != nil {
		return err
	}
	if err := checkEntries(entries); err != nil {
		return err
	}
	stored, err := build(entries)
	if err != nil {
		return err
	}
	tiles := tileReader{dir, head.tree.N}
	for name, reader := range map[string]tlog.HashReader{"entries": stored, "tiles": tiles} {
		root, err := tlog.TreeHash(head.tree.N, reader)
		if err != nil {
			return err
		}
		if root != head.tree.Hash {
			return fmt.Errorf("the %s give the root %v, the checkpoint has %v", name, root, head.tree.Hash)
		}
	}
	if err := checkRecords(head, entries, tiles); err != nil {
		return err
	}
	kept, err := filepath.Glob(filepath.Join(dir, "checkpoints", "*"))
	if err != nil {
		return err
	}
	for _, path := range append(kept, known...) {
		older, err := openCheckpoint(path, keys)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if err := checkOlder(path, older, head, tiles); err != nil {
			return err
		}
	}
	fmt.Printf("verified %d entries and %d older checkpoints of %s\n", len(entries), len(kept)+len(known), head.origin)
	return nil
}

// A receipt: C2SP tlog-proof without extra data.
func verifyReceipt(vkeys, proofPath, entryPath string) error {
	keys, err := readKeys(vkeys)
	if err != nil {
		return err
	}
	proofText, err := os.ReadFile(proofPath)
	if err != nil {
		return err
	}
	entry, err := os.ReadFile(entryPath)
	if err != nil {
		return err
	}
	top, signed, found := bytes.Cut(proofText, []byte("\n\n"))
	lines := strings.Split(string(top), "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return errors.New("proof: not in the form of C2SP tlog-proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	head, err := openNote(signed, keys)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, head.tree.N, head.tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return err
	}
	fmt.Printf("entry %d is in %s\n", index, head.origin)
	return nil
}

func main() {
	err := errors.New("usage: verifier export DIR [KNOWN]… | receipt VKEYS PROOF ENTRY")
	switch {
	case len(os.Args) >= 3 && os.Args[1] == "export":
		err = verifyExport(os.Args[2], os.Args[3:])
	case len(os.Args) == 5 && os.Args[1] == "receipt":
		err = verifyReceipt(os.Args[2], os.Args[3], os.Args[4])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
