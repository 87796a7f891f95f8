package main

// The templates of completionScript, each over the list of commands.

// Bash takes = for a word of its own. No word contains anything that it would
// expand. Without a reply, bash completes the names of files.
const bashCompletion = `# bash completion for anpkg

_anpkg() {
	local cur=${COMP_WORDS[COMP_CWORD]} flag=${COMP_WORDS[COMP_CWORD-1]} words= files=yes
	if [ "$cur" = = ]; then
		cur=
	elif [ "$flag" = = ]; then
		flag=${COMP_WORDS[COMP_CWORD-2]}
	fi
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		words='{{range $i, $c := .}}{{if $i}} {{end}}{{.Name}}{{end}}' files=
	else
		case "${COMP_WORDS[1]} $flag $cur" in
{{- range $c := .}}
{{- range .Flags}}
{{- if .Words}}
		'{{$c.Name}} --{{.Name}} '*) words='{{join .Words}}' files= ;;
{{- else if .Files}}
		'{{$c.Name}} --{{.Name}} '*) ;;
{{- else if .Value}}
		'{{$c.Name}} --{{.Name}} '*) files= ;;
{{- end}}
{{- end}}
{{- if .Flags}}
		'{{.Name}} '*' -'*) words='{{range $i, $f := .Flags}}{{if $i}} {{end}}--{{.Name}}{{end}}' files= ;;
{{- end}}
{{- range .Operands}}
{{- if .Words}}
		'{{$c.Name}} '*) words='{{join .Words}}' files= ;;
{{- end}}
{{- end}}
{{- end}}
		esac
	fi
	[ -n "$files" ] || compopt +o default 2>/dev/null
	[ -z "$words" ] || COMPREPLY=($(compgen -W "$words" -- "$cur"))
}

complete -o default -F _anpkg anpkg
`

// Zsh gets the script from a file, or runs it as the function _anpkg.
const zshCompletion = `#compdef anpkg
# zsh completion for anpkg

_anpkg() {
	local -a commands=(
{{- range .}}
		'{{.Name}}:{{zsh .Summary}}'
{{- end}}
	)
	if (( CURRENT == 2 )); then
		_describe command commands
		return
	fi
	shift words
	(( CURRENT-- ))
	case $words[1] in
{{- range .}}
	{{.Name}})
		_arguments
{{- range .Flags}} \
			{{if .Value}}'*--{{.Name}}=[{{zsh .Usage}}]:{{zsh .Value}}:
{{- if .Words}}({{join .Words}}){{else if .Files}}_files{{else}} {{end}}'
{{- else}}'--{{.Name}}[{{zsh .Usage}}]'{{end}}
{{- end}}
{{- range .Operands}} \
			'{{.Number}}:{{.Name}}:{{if .Words}}({{join .Words}}){{else}}_files{{end}}'
{{- end}}
		;;
{{- end}}
	esac
}

if [[ $funcstack[1] == _anpkg ]]; then
	_anpkg "$@"
else
	compdef _anpkg anpkg
fi
`

const fishCompletion = `# fish completion for anpkg

function __anpkg_first
    test (count (commandline -opc)) -eq 1
end

function __anpkg_in
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test $words[2] = $argv[1]
end

complete -c anpkg -n __anpkg_first -f
{{- range .}}
complete -c anpkg -n __anpkg_first -a {{.Name}} -d '{{fish .Summary}}'
{{- end}}
{{range $c := .}}
{{- range .Flags}}
complete -c anpkg -n '__anpkg_in {{$c.Name}}' -l {{.Name}}
{{- if .Words}} -x -a '{{join .Words}}'{{else if .Files}} -r -F{{else if .Value}} -x{{end}} -d '{{fish .Usage}}'
{{- end}}
{{- range .Operands}}
{{- if .Words}}
complete -c anpkg -n '__anpkg_in {{$c.Name}}' -f -a '{{join .Words}}'
{{- end}}
{{- end}}
{{- end}}
`
