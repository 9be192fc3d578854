"""What happens by itself?"""
