#!/usr/bin/env bash
# tests/restart/kills.sh with 100 kills: about five minutes.
KILLS=100 exec bash "$SOURCE/tests/restart/kills.sh"
