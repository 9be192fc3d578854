"""How is an installation kept: saved, brought back, looked over?"""
