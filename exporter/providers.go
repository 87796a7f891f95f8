package exporter

// addProviders packages the config of every provider that a config uses.
func (b *builder) addProviders() {
	for _, id := range b.ids {
		if b.ctx.Err() != nil {
			return
		}
		config, verbatim := b.project.ProviderConfig(id, &b.faults)
		switch {
		case config != nil:
			b.addDocument(packagedProvider(id), config.File, config.Root)
		case verbatim != "":
			b.addVerbatim(packagedProvider(id), verbatim, b.files, verbatim, b.providers[id])
		}
	}
}
