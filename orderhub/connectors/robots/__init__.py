"""Robots of group chats: one file each, all of them saying the same card."""
