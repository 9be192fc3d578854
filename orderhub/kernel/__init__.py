"""What does every room need?"""
