-- A look tells what it has found, where that is little: see pgbell.look(5).

drop function if exists pgbell.look(text, integer, integer, integer);
