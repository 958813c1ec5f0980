-- The module's own version; a file of its own, so that who asks for it loads nothing else.

return "0.1.0"
