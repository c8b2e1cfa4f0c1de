package main

import (
	"context"
	"fmt"

	"attributed/cmd/commandline"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" placeholder:"bash|zsh|fish" help:"bash, zsh or fish."`
}

// Help returns what --help prints beside the flags.
func (c *completionCommand) Help() string {
	return `Put what it prints where your shell reads it, with attributed in your PATH:

  bash   attributed completion bash > ~/.local/share/bash-completion/completions/attributed
  zsh    attributed completion zsh >> ~/.zshrc
  fish   attributed completion fish > ~/.config/fish/completions/attributed.fish`
}

// completions are what tells a shell to ask the program itself what may come next, which
// [commandline.Parse] answers. Where the program knows nothing, the shells name files.
var completions = map[string]string{
	"bash": `complete -o bashdefault -o default -C attributed attributed`,
	"zsh": `autoload -Uz compinit && compinit
autoload -Uz bashcompinit && bashcompinit
complete -o bashdefault -o default -C attributed attributed`,
	"fish": `function __attributed_complete
    set -lx COMP_LINE (commandline -cp)
    set -l found (attributed)
    if set -q found[1]
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c attributed -f -a '(__attributed_complete)'`,
}

// Run prints the script of one shell.
func (c *completionCommand) Run(_ context.Context, std commandline.Streams) error {
	_, err := fmt.Fprintln(std.Out, completions[c.Shell])
	return err
}
