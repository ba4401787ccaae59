# frozen_string_literal: true

# The command line's port wins over this one.
port 1
threads 2, 3
static '/static', 'by the configuration file'
