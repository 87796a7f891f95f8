// Package release puts the files of checked packages on a disk, so that one of
// them is current at any moment and another becomes it in one step.
//
// A directory DIR of releases holds
//
//	releases/<digest>/  the files of one package, named by what they are
//	current             a symbolic link to releases/<digest>
//	previous            a symbolic link to what was current before
//	releases/.lock      locked by the process that changes something
//
// and, while a process works or after one was killed, releases/.staging-N,
// .current.new and .previous.new. Everything else in DIR is left alone.
//
// # What survives
//
// Unpack does its work in this order:
//
//  1. write every file to releases/.staging-N and sync it
//  2. sync every directory of it, from the inside out
//  3. read all of it back and compare
//  4. rename it to releases/<digest> and sync releases
//  5. rename a new link over previous and sync DIR: a way back comes first
//  6. rename a new link over current and sync DIR
//
// A rename is done or not done, and what a link names is on the disk, complete
// and synced, before the link is. So a kill, a full disk or a loss of power at any
// moment leaves current at the old release or at the new one, and whole. (A loss
// of power asks for a disk that keeps what it reported as written.)
//
// # Where is written
//
// Every path is resolved by an os.Root, below a handle of DIR that is opened
// once: symbolic links that somebody puts there meanwhile lead to an error and
// never out of DIR. Files are only created, never written to when they are there.
package release

import (
	"context"
	"io/fs"
	"os"

	"github.com/anolishq/anolis-handoff/checksum"
)

// Tree is the content of a release.
type Tree struct {
	// Digest names the content: 64 lower-case hexadecimal digits.
	Digest string
	// Files holds what Sums lists. Reading it fails when it is something else.
	Files fs.FS
	Sums  checksum.Manifest
	// Show is a name from the package as messages may have it.
	Show func(name string) string
}

// State is how a directory of releases is left.
type State struct {
	Current  string   // digest
	Previous string   // digest, or empty if there is none besides Current
	Reused   bool     // the release was there already
	Removed  []string // digests of what was pruned
}

// Unpack makes a tree the current release of dir, which is created unless it is
// there. With prune, it removes all releases but the current and the previous one.
//
// The State is nil unless the tree is current. An error that comes with a State
// says what went wrong afterwards.
func Unpack(ctx context.Context, dir string, tree Tree, prune bool) (*State, error) {
	return unpack(ctx, disk{}, dir, tree, prune)
}

func unpack(ctx context.Context, d disk, dir string, tree Tree, prune bool) (*State, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := openStore(d, dir, true)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if prune && !s.locked {
		return nil, errCannotPrune
	}
	state := &State{Current: tree.Digest}
	if state.Reused, err = s.install(ctx, tree); err != nil {
		return nil, s.intact(err)
	}
	if err := s.relink(ctx, s.towards(tree.Digest)); err != nil {
		if s.current != tree.Digest {
			return nil, s.intact(err)
		}
		s.late(err)
	}
	state.Previous = s.otherPrevious()
	if prune {
		state.Removed = s.prune()
	}
	return state, s.afterwards()
}

// towards is how to make a release current, if it is not.
func (s *store) towards(digest string) (change []link) {
	if s.current == digest {
		return nil
	}
	if s.current != "" && s.holds(s.current) {
		change = append(change, link{previousLink, s.current})
	}
	return append(change, link{currentLink, digest})
}

// install makes sure that the tree is in the releases.
func (s *store) install(ctx context.Context, tree Tree) (reused bool, err error) {
	there, err := s.reuse(ctx, tree)
	reused = there != nil
	if err == nil && !reused {
		there, err = s.add(ctx, tree)
	}
	if err != nil {
		return false, err
	}
	// Also for one that was there: whoever put it there may have been killed
	// before this.
	if err := s.syncDir(s.releases, ".", releasesDir); err != nil {
		return false, err
	}
	name := releasesDir + "/" + tree.Digest
	if err := isStill(s.root.Lstat, name, there); err != nil {
		return false, s.fail("create", name, err)
	}
	return reused, nil
}

// reuse is the directory of the tree if it is there already, and otherwise nil.
// What has its name and is something else is an error.
func (s *store) reuse(ctx context.Context, tree Tree) (fs.FileInfo, error) {
	if found, err := s.hasRelease(tree.Digest); err != nil || !found {
		return nil, err
	}
	name := releasesDir + "/" + tree.Digest
	root, err := openDir(s.releases, tree.Digest)
	if err != nil {
		return nil, s.fail("open", name, err)
	}
	defer root.Close()
	if err := tree.verify(ctx, root.FS()); err != nil {
		return nil, unsound(s.path(releasesDir, tree.Digest), err)
	}
	info, err := root.Stat(".")
	if err != nil {
		return nil, s.fail("open", name, err)
	}
	return info, nil
}

// add writes the tree beside the releases and then names it.
func (s *store) add(ctx context.Context, tree Tree) (info fs.FileInfo, err error) {
	temp, err := s.stagingName()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.releases.RemoveAll(temp) // if not, the next one does
		}
	}()
	// Messages call it by its final name from the start.
	info, err = s.stage(ctx, s.releases, temp, s.path(releasesDir, tree.Digest), tree)
	if err != nil {
		return nil, err
	}
	if err := s.rename(s.releases, temp, tree.Digest); err != nil {
		return nil, s.fail("create", releasesDir+"/"+tree.Digest, err)
	}
	return info, nil
}

// isStill makes sure that what stands at a name is what was put there.
func isStill(lstat func(string) (fs.FileInfo, error), name string, want fs.FileInfo) error {
	got, err := lstat(name)
	if err == nil && !os.SameFile(got, want) {
		err = errMeddled
	}
	return err
}
