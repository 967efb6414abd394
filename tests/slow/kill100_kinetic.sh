#!/usr/bin/env bash
# tests/restart/kills_kinetic.sh with 100 kills: some ten minutes.
KILLS=100 exec bash "$SOURCE/tests/restart/kills_kinetic.sh"
