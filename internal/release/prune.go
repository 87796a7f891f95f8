package release

// prune removes all releases that have no link, and returns what it removed. A
// release first loses its name for good, so that none is ever there in part.
func (s *store) prune() (removed []string) {
	list, err := names(s.releases)
	if err != nil {
		s.late(s.fail("prune", releasesDir, err))
		return nil
	}
	var temps []string
	for _, name := range list {
		if !IsDigest(name) || name == s.current || name == s.previous || !s.holds(name) {
			continue
		}
		temp, err := s.stagingName()
		if err != nil {
			s.late(err)
			break
		}
		if err := s.rename(s.releases, name, temp); err != nil {
			s.late(s.fail("prune", releasesDir+"/"+name, err))
			continue
		}
		temps = append(temps, temp)
		removed = append(removed, name)
	}
	if len(temps) == 0 {
		return nil
	}
	if err := s.syncDir(s.releases, ".", releasesDir); err != nil {
		s.late(err)
		return removed // the next unpack removes what is left
	}
	for i, temp := range temps {
		if err := s.removeAll(s.releases, temp); err != nil {
			s.late(s.fail("prune", releasesDir+"/"+removed[i], err))
		}
	}
	return removed
}
