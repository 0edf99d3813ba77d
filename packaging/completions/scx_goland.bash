# Generated from rust/options.toml by `make generate`; do not edit.
# bash completion for scx_goland(8).
# SPDX-License-Identifier: Apache-2.0

_scx_goland() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words

	case $previous in
	--adopt) words='no yes auto' ;;
	--policy) words='fifo vruntime' ;;
	--stats-format) words='table json' ;;
	# What follows these cannot be guessed.
	--agent-cpus | --batch | --batch-window | --config | --decisions-bytes | --exit-dump-bytes | --gc-percent | \
		--grace | --lease | --metrics | --monitor-slack | --name | --queued-bytes | --slice | --slice-kernel | \
		--slice-max | --slice-min | --stats | --timeout | --trace) return ;;
	*) words='--adopt --agent-cpus --batch --batch-window --config --debug --decisions-bytes --detach
		--direct-bound --direct-sync --exit-dump-bytes --gc-percent --grace --help --ignore-cgroup-limits
		--ignore-cgroup-weights --lease --lock-memory --metrics --monitor-slack --name --no-builtin-idle
		--one-domain --partial --pin --policy --queued-bytes --scx-stats --slice --slice-kernel --slice-max
		--slice-min --stats --stats-format --timeout --trace --verbose --version' ;;
	esac
	[[ $COMP_CWORD == 1 && $current != -* ]] && words='run check status top explain trace replay detach exec'
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _scx_goland scx_goland
