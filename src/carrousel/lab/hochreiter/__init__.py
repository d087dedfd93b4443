"""The experiments of Hochreiter & Schmidhuber 1997 as the paper describes them: its nets, one sequence an update."""
